"""XNNPACK, by LiteRT: a model of FULLY_CONNECTED layers on f32 whose weights are integers,
which means activations of 8 bits found when it runs."""

import ai_edge_litert
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from .serve import Peer, serve
from .weights import Unsupported, pack


class Model:
    """Tensors and layers of a .tflite file."""

    def __init__(self):
        self.buffers, self.tensors, self.operators = [schema.BufferT()], [], []

    def add_tensor(self, shape, kind, data=None, quantization=None):
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.quantization = list(shape), kind, quantization
        tensor.name = f"t{len(self.tensors)}".encode()
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def add_layer(self, x, weight, rows, columns):
        y = self.add_tensor((rows, columns), schema.TensorType.FLOAT32)
        operator = schema.OperatorT()
        operator.inputs, operator.outputs = [x, weight, -1], [y]
        operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
        operator.builtinOptions = schema.FullyConnectedOptionsT()
        operator.builtinOptions.asymmetricQuantizeInputs = True
        self.operators.append(operator)
        return y

    def finish(self, inputs, outputs):
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [inputs], [outputs]
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.FULLY_CONNECTED
        code.version = 12
        model = schema.ModelT()
        model.version, model.operatorCodes = 3, [code]
        model.subgraphs, model.buffers = [graph], self.buffers
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


class LiteRt(Peer):
    version = f"LiteRT {getattr(ai_edge_litert, '__version__', '2.3.0')}"

    def __init__(self, spec):
        super().__init__(spec)
        form = self.form
        if form.kind not in ("int", "f32") or form.zero_point:
            raise Unsupported("no such weights in FULLY_CONNECTED layers of XNNPACK")
        if (form.kind == "f32") != (self.activation == "f32"):
            raise Unsupported("activations beside weights of integers are found in 8 bits, beside f32 they stay f32")
        if form.group and (form.bits != 4 or form.group % 32 or self.k % form.group or self.n % form.group):
            raise Unsupported("groups are of 4-bit weights, of a multiple of 32 that divides the rows")

    def add_weight(self, model, weight):
        form = self.form
        if form.kind == "f32":
            return model.add_tensor(weight.values.shape, schema.TensorType.FLOAT32, weight.values)
        shape = weight.codes.shape
        quantization = schema.QuantizationParametersT()
        if form.group:
            details = schema.BlockwiseQuantizationT()
            details.blockSize = form.group
            details.scales = model.add_tensor(
                weight.scales.shape, schema.TensorType.FLOAT16, weight.scales.astype(np.float16)
            )
            details.zeroPoints = -1
            quantization.detailsType = schema.QuantizationDetails.BlockwiseQuantization
            quantization.details = details
        else:
            quantization.scale = weight.scales[:, 0].astype(np.float32)
            quantization.zeroPoint = np.zeros(shape[0], np.int64)
        kind = {8: schema.TensorType.INT8, 4: schema.TensorType.INT4, 2: schema.TensorType.INT2}[form.bits]
        data = weight.codes if form.bits == 8 else pack(weight.codes, form.bits)
        return model.add_tensor(shape, kind, data, quantization)

    def make_chain(self, weights, m):
        model = Model()
        x = y = model.add_tensor((m, self.k), schema.TensorType.FLOAT32)
        for i, weight in enumerate(weights):
            y = model.add_layer(y, self.add_weight(model, weight), m, self.get_shape(i)[1])
        interpreter = Interpreter(model_content=model.finish(x, y), num_threads=self.threads)
        interpreter.allocate_tensors()
        source = interpreter.get_input_details()[0]["index"]
        result = interpreter.get_output_details()[0]["index"]

        def run(values):
            interpreter.set_tensor(source, values)
            interpreter.invoke()
            return interpreter.tensor(result)()

        return run


if __name__ == "__main__":
    serve(LiteRt)
