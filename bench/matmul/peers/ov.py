"""OpenVINO: decompressed weights before MatMul, which its CPU plugin keeps compressed;
dynamic quantization of activations where 8 bits are asked for."""

import numpy as np
import openvino
from openvino import opset13 as ops

from .serve import Peer, serve
from .weights import Unsupported, pack


class OpenVino(Peer):
    version = f"OpenVINO {openvino.__version__.split('-')[0]}"

    def __init__(self, spec):
        super().__init__(spec)
        form = self.form
        if form.kind not in ("int", "nf4", "fp4", "f32", "bf16"):
            raise Unsupported("no such weights")
        if form.bits in (2, 4) and (self.k * form.bits % 8 or self.n * form.bits % 8):
            raise Unsupported("rows of codes do not fill bytes")
        if form.group and (self.k % form.group or self.n % form.group):
            raise Unsupported("groups do not divide the rows")
        if self.activation == "codes":
            raise Unsupported("products of given codes are none of its operators")

    def get_properties(self):
        """Of what is no integer, 8-bit activations are ignored: bf16 is its fastest."""
        is_integer = self.form.kind == "int"
        dynamic = self.activation in ("i8", "u8") and is_integer
        low = self.activation == "bf16" or (self.activation == "i8" and not is_integer)
        return {
            "INFERENCE_PRECISION_HINT": "bf16" if low else "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str((self.form.group or 128) if dynamic else 0),
            "INFERENCE_NUM_THREADS": str(self.threads), "NUM_STREAMS": "1", "PERFORMANCE_HINT": "LATENCY",
        }  # fmt: skip

    def constant(self, kind, shape, data):
        return ops.constant(openvino.Tensor(np.ascontiguousarray(data), list(shape), kind), shared_memory=False)

    def make_weight(self, weight):
        form, types = self.form, openvino.Type
        if form.kind in ("f32", "bf16"):
            values = ops.constant(weight.values)
            if form.kind == "bf16":
                values = ops.convert(ops.convert(values, "bf16"), "f32")
            return values
        n, k = weight.codes.shape
        shape = [n, k // form.group, form.group] if form.group else [n, k]
        scales = weight.scales.reshape([n, -1, 1] if form.group else [n, 1])
        codes = weight.codes
        if form.kind == "int" and form.bits == 2:
            # Only without sign: the middle is a zero point.
            kind, data = types.u2, pack((codes.astype(np.int16) + 2).astype(np.uint8), 2)
        elif form.bits == 8:
            kind, data = types.i8, codes
        else:
            kind = {"nf4": types.nf4, "fp4": types.f4e2m1}.get(form.kind, types.u4 if form.zero_point else types.i4)
            data = pack(codes, 4)
        values = ops.convert(self.constant(kind, shape, data.reshape(-1) if form.bits < 8 else data.reshape(shape)), "f16")
        zero_points = weight.zero_points
        if form.bits == 2:
            zero_points = np.full(weight.scales.shape, 2.0, np.float32)
        if zero_points is not None:
            part = zero_points.reshape(scales.shape).astype(np.uint8)
            if form.bits == 2:
                zero = self.constant(types.u2, part.shape, pack(part.reshape(n, -1), 2).reshape(-1))
            else:
                zero = self.constant(types.u4, part.shape, pack(part.reshape(n, -1), 4).reshape(-1))
            values = ops.subtract(values, ops.convert(zero, "f16"))
        if form.power_of_two:
            scale = ops.convert(ops.convert(ops.constant(scales.astype(np.float32)), "f8e8m0"), "f16")
        else:
            scale = ops.constant(scales.astype(np.float16))
        values = ops.multiply(values, scale)
        if form.group:
            values = ops.reshape(values, ops.constant(np.array([n, k])), False)
        return ops.convert(values, "f32")

    def make_chain(self, weights, m):
        x = y = ops.parameter([m, self.k], np.float32)
        for weight in weights:
            y = ops.matmul(y, self.make_weight(weight), False, True)
        compiled = openvino.Core().compile_model(openvino.Model([y], [x], "chain"), "CPU", self.get_properties())
        request = compiled.create_infer_request()

        def run(values):
            request.infer({0: values}, share_inputs=True)
            return request.get_output_tensor(0).data

        return run


if __name__ == "__main__":
    serve(OpenVino)
