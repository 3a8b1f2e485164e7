"""Writes one ONNX file that is broken in the way that its name says."""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHT = np.ones((20, 30), np.float32)
INPUTS = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 20])]
OUTPUTS = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 30])]


def matmul(weight="W", result="y"):
    return helper.make_node("MatMul", ["x", weight], [result])


def model(nodes, inputs=INPUTS, outputs=OUTPUTS, tensors=(), opset=17, **graph):
    return helper.make_model(
        helper.make_graph(nodes, "g", inputs, outputs, list(tensors), **graph),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )


def with_tensor(**fields):
    """A model whose weight is this tensor."""
    return model([matmul()], tensors=[onnx.TensorProto(name="W", data_type=1, **fields)])


def external(**entries):
    """A model whose weight lies in w.bin, described by these entries."""
    result = with_tensor(dims=[20, 30], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": "w.bin", **entries}.items():
        result.graph.initializer[0].external_data.add(key=key, value=value)
    return result


def reshape_by(shape):
    """A model that reshapes its input by a small tensor."""
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    return model([helper.make_node("Reshape", ["x", "c"], ["y"])], outputs=[output],
                 tensors=[shape])


def large_shapes():
    """Shape arithmetic that comes to 6 GB, of which one element is read."""
    size = numpy_helper.from_array(np.array([40000, 40000], np.int64), "size")
    return model([
        helper.make_node("ConstantOfShape", ["size"], ["all"]),
        helper.make_node("ReduceSum", ["all"], ["sum"]),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ], outputs=INPUTS_AS_OUTPUTS, tensors=[size])


INPUTS_AS_OUTPUTS = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 20])]


def sparse():
    values = onnx.SparseTensorProto(dims=[20, 30])
    values.values.CopyFrom(numpy_helper.from_array(np.ones(3, np.float32), "S"))
    values.indices.CopyFrom(numpy_helper.from_array(np.array([0, 5, 7]), "i"))
    return model([matmul("S")], sparse_initializer=[values])


GOOD = numpy_helper.from_array(WEIGHT, "W")
TEXTS = [helper.make_tensor_value_info("x", TensorProto.STRING, [3])]
CASES = {
    "good": lambda: model([matmul()], tensors=[GOOD]),
    "few-floats": lambda: with_tensor(dims=[20, 30], float_data=[1.0] * 5),
    "no-data": lambda: with_tensor(dims=[20, 30]),
    "negative-size": lambda: with_tensor(dims=[-20, -30], float_data=[1.0] * 600),
    "small-bytes": lambda: reshape_by(
        onnx.TensorProto(name="c", data_type=7, dims=[3], raw_data=b"123")
    ),
    "external-good": lambda: external(),
    "external-offset": lambda: external(offset="abc"),
    "external-negative": lambda: external(offset="-5"),
    "external-length": lambda: external(length="4"),
    "external-nul": lambda: external(location="w\0.bin"),
    "external-nameless": lambda: external(location=""),
    "no-operand": lambda: model([helper.make_node("Shape", [], ["y"])]),
    "no-result": lambda: model([helper.make_node("Constant", [], [], value=GOOD), matmul()]),
    "made-twice": lambda: model([matmul(), matmul()], tensors=[GOOD]),
    "outputs-twice": lambda: model([matmul()], outputs=OUTPUTS + OUTPUTS, tensors=[GOOD]),
    "no-outputs": lambda: model([matmul()], outputs=[], tensors=[GOOD]),
    "texts": lambda: model([helper.make_node("Identity", ["x"], ["y"])], TEXTS),
    "future-opset": lambda: model([matmul()], tensors=[GOOD], opset=99),
    "sparse": sparse,
    "own-dialect": lambda: model([helper.make_node("CumSum", ["x", "axis"], ["y"])],
        outputs=INPUTS_AS_OUTPUTS,
        tensors=[numpy_helper.from_array(np.array(0, np.int64), "axis")]),
    "large-shapes": large_shapes,
}

case, path = sys.argv[1], pathlib.Path(sys.argv[2])
(path.parent / "w.bin").write_bytes(WEIGHT.tobytes())
path.write_bytes(CASES[case]().SerializeToString())
