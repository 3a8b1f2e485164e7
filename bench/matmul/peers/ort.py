"""ONNX Runtime: DynamicQuantizeMatMul of 8-bit weights, and MatMulNBits, whose accuracy
level 4 takes activations in 8 bits."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from .serve import Peer, serve
from .weights import Unsupported, pack

DOMAIN = "com.microsoft"


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind, inputs, output, domain=DOMAIN, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output


class Ort(Peer):
    version = f"ONNX Runtime {onnxruntime.__version__}"

    def __init__(self, spec):
        super().__init__(spec)
        form = self.form
        self.dynamic = form.kind == "int" and form.bits == 8 and not form.group and self.activation in ("i8", "u8")
        if self.dynamic or (form.kind == "f32" and self.activation == "f32"):
            return
        if form.kind != "int" or self.activation not in ("i8", "f32"):
            raise Unsupported("products on such weights or activations are none of its operators")
        if form.group not in (0, 16, 32, 64, 128, 256) or self.k < 16 or self.n < 16:
            raise Unsupported("MatMulNBits has groups of 16 to 256")
        if not form.group and form.bits != 8:
            raise Unsupported("one scale for a column is of 8-bit weights")

    def add_layer(self, graph, x, weight, i):
        k, n = self.get_shape(i)
        name = lambda part: f"{part}{i}"  # noqa: E731
        if self.form.kind == "f32":
            return graph.node("MatMul", [x, graph.constant(name("w"), weight.values.T)], name("y"), domain="")
        if self.dynamic:
            inputs = [
                x,
                graph.constant(name("w"), weight.codes.T),
                graph.constant(name("s"), weight.scales[:, 0]),
                graph.constant(name("z"), np.zeros(n, np.int8)),
            ]
            return graph.node("DynamicQuantizeMatMul", inputs, name("y"))
        # Weights of a scale for each column have the same one in all groups.
        bits, group = self.form.bits, self.form.group or 128
        groups = -(-k // group)
        scales = np.broadcast_to(weight.scales, (n, groups)) if not self.form.group else weight.scales
        codes = weight.codes.view(np.uint8)
        if weight.zero_points is None:
            codes = (weight.codes.astype(np.int16) + (1 << bits - 1)).astype(np.uint8)
        codes = np.pad(codes, ((0, 0), (0, groups * group - k)))
        inputs = [
            x,
            graph.constant(name("w"), pack(codes, bits).reshape(n, groups, group * bits // 8)),
            graph.constant(name("s"), scales.reshape(-1).astype(np.float32)),
        ]
        if weight.zero_points is not None:
            zeros = weight.zero_points.astype(np.uint8)
            each = 8 // bits
            zeros = np.pad(zeros, ((0, 0), (0, -zeros.shape[1] % each)))
            inputs.append(graph.constant(name("z"), pack(zeros, bits).reshape(-1)))
        level = {"accuracy_level": 4} if self.activation == "i8" else {"accuracy_level": 1}
        return graph.node("MatMulNBits", inputs, name("y"), K=k, N=n, bits=bits, block_size=group, **level)

    def make_chain(self, weights, m):
        graph, y = Graph(), "x"
        for i, weight in enumerate(weights):
            y = self.add_layer(graph, y, weight, i)
        columns = self.get_shape(len(weights) - 1)[1]
        model = helper.make_model(
            helper.make_graph(
                graph.nodes, "chain",
                [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["m", self.k])],
                [helper.make_tensor_value_info(y, TensorProto.FLOAT, ["m", columns])],
            ),
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(DOMAIN, 1)], ir_version=9,
        )  # fmt: skip
        # Constants beside the model: it is limited to 2 GB, and would be copied.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if self.threads > 1 else "0")
        for tensor in graph.constants:
            external = onnx.TensorProto()
            external.CopyFrom(tensor)
            model.graph.initializer.append(external)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return lambda x: session.run(None, {"x": x})[0]


if __name__ == "__main__":
    serve(Ort)
