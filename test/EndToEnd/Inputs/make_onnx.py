# ===- make_onnx.py - small ONNX models, their inputs and results ----------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`make_onnx.py KIND DIRECTORY` writes model.onnx there, and for inputs of some
sizes `in.SIZE.npz` and what ONNX Runtime computes from them, `out.SIZE.npz`.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper, numpy_helper

RANDOM = np.random.default_rng(7)


def tensor(name, *shape):
    data = RANDOM.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
    return numpy_helper.from_array(data.astype(np.float32), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def value(name, *shape, type=T.FLOAT):
    return helper.make_tensor_value_info(name, type, shape)


def node(op, inputs, output, **attributes):
    path = f"/{output}/{op}"
    return helper.make_node(op, inputs.split(), [output], path, **attributes)


def model(nodes, inputs, outputs, initializers, opset=17):
    graph = helper.make_graph(nodes, "test", inputs, outputs, initializers)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def convolution():
    """Convolutions with stride, padding and groups, both poolings, a residual,
    and a classifier, in opset 9."""
    nodes = [
        node("Conv", "x conv1.weight conv1.bias", "c1", pads=[1] * 4, strides=[2, 2]),
        node("Relu", "c1", "r1"),
        node("MaxPool", "r1", "p1", kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2]),
        node("Conv", "p1 conv2.weight", "c2", pads=[1] * 4, group=8),
        node("Conv", "c2 conv3.weight", "c3"),
        node("Add", "c3 p1", "a1"),
        node("Relu", "a1", "r2"),
        node("AveragePool", "r2", "p2", kernel_shape=[4, 4], strides=[4, 4]),
        node("Flatten", "p2", "f"),
        node("MatMul", "f fc.weight", "m"),
        node("Softmax", "m", "y", axis=1),
    ]
    weights = [
        tensor("conv1.weight", 8, 3, 3, 3),
        tensor("conv1.bias", 8),
        tensor("conv2.weight", 8, 1, 3, 3),
        tensor("conv3.weight", 8, 8, 1, 1),
        tensor("fc.weight", 32, 10),
    ]
    inputs = [value("x", "batch", 3, 32, 32)]
    runs = {size: {"x": images(size)} for size in (1, 3)}
    return model(nodes, inputs, [value("y", "batch", 10)], weights, 9), runs


def images(count):
    return RANDOM.normal(0, 1, (count, 3, 32, 32)).astype(np.float32)


def attention():
    """Embedding, one attention with a mask and one linear layer; the number of
    sentences and their length are open."""
    nodes = [
        node("Gather", "words.weight ids", "h"),
        node("MatMul", "h query.weight", "q0"),
        node("Add", "q0 query.bias", "q1"),
        node("Reshape", "q1 heads", "q2"),
        node("Transpose", "q2", "q", perm=[0, 2, 1, 3]),
        node("MatMul", "h key.weight", "k1"),
        node("Reshape", "k1 heads", "k2"),
        node("Transpose", "k2", "k", perm=[0, 2, 3, 1]),
        node("MatMul", "h value.weight", "v1"),
        node("Reshape", "v1 heads", "v2"),
        node("Transpose", "v2", "v", perm=[0, 2, 1, 3]),
        node("MatMul", "q k", "s0"),
        node("Cast", "mask", "m0", to=T.FLOAT),
        node("Unsqueeze", "m0 axes", "m1"),
        node("Sub", "one m1", "m2"),
        node("Mul", "m2 low", "m3"),
        node("Add", "s0 m3", "s1"),
        node("Softmax", "s1", "p", axis=-1),
        node("MatMul", "p v", "o0"),
        node("Transpose", "o0", "o1", perm=[0, 2, 1, 3]),
        node("Reshape", "o1 whole", "o2"),
        node("MatMul", "o2 output.weight", "y"),
    ]
    names = ("query", "key", "value", "output")
    weights = [tensor(f"{name}.weight", 64, 64) for name in names]
    weights += [
        tensor("words.weight", 100, 64),
        tensor("query.bias", 64),
        ints("heads", 0, 0, 4, 16),
        ints("whole", 0, 0, 64),
        ints("axes", 1, 2),
        numpy_helper.from_array(np.array(1, np.float32), "one"),
        numpy_helper.from_array(np.array(-1e9, np.float32), "low"),
    ]
    sizes = ("batch", "length")
    inputs = [value("ids", *sizes, type=T.INT64), value("mask", *sizes, type=T.INT64)]
    runs = {}
    for batch, length in ((1, 1), (2, 7), (3, 20)):
        ids = RANDOM.integers(0, 100, (batch, length))
        mask = (np.arange(length) < length - np.arange(batch)[:, None]).astype(np.int64)
        runs[f"{batch}x{length}"] = {"ids": ids, "mask": mask}
    return model(nodes, inputs, [value("y", *sizes, 64)], weights), runs


def powers():
    """LayerNorm and GELU as exporters write them, by Pow of negative numbers;
    Pow by tensors and by int64, and a Where with a mask that is a result too."""
    nodes = [
        node("ReduceMean", "x", "mean", axes=[-1]),
        node("Sub", "x mean", "d"),
        node("Pow", "d two", "d2"),
        node("ReduceMean", "d2", "variance", axes=[-1]),
        node("Add", "variance epsilon", "v"),
        node("Sqrt", "v", "deviation"),
        node("Div", "d deviation", "n0"),
        node("Mul", "n0 norm.weight", "n1"),
        node("Add", "n1 norm.bias", "normal"),
        node("MatMul", "normal fc.weight", "h"),
        node("Pow", "h three", "h3"),
        node("Mul", "h3 c1", "g0"),
        node("Add", "h g0", "g1"),
        node("Mul", "g1 c0", "g2"),
        node("Tanh", "g2", "g3"),
        node("Add", "g3 one", "g4"),
        node("Mul", "h g4", "g5"),
        node("Mul", "g5 half", "gelu"),
        node("Pow", "gelu exponents", "p0"),
        node("Pow", "n0 three_int", "p1"),
        node("Pow", "n0 none", "p2"),
        node("Add", "p0 p1", "p3"),
        node("Add", "p3 p2", "p"),
        node("Greater", "p gelu", "mask"),
        node("Where", "mask p gelu", "y"),
    ]
    scalars = {"two": 2, "three": 3, "none": 0, "epsilon": 1e-5, "c0": np.sqrt(2 / np.pi),
               "c1": 0.044715, "one": 1, "half": 0.5}  # fmt: skip
    weights = [numpy_helper.from_array(np.array(v, np.float32), n) for n, v in scalars.items()]
    exponents = (np.arange(64) % 5).astype(np.float32)
    weights += [
        numpy_helper.from_array(np.array(3), "three_int"),
        numpy_helper.from_array(exponents, "exponents"),
        tensor("norm.weight", 64),
        tensor("norm.bias", 64),
        tensor("fc.weight", 64, 64),
    ]
    outputs = [value("y", "n", 64), value("mask", "n", 64, type=T.BOOL)]
    runs = {n: {"x": RANDOM.normal(0, 2, (n, 64)).astype(np.float32)} for n in (1, 5)}
    return model(nodes, [value("x", "n", 64)], outputs, weights), runs


if __name__ == "__main__":
    out = Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    kinds = {kind.__name__: kind for kind in (convolution, attention, powers)}
    proto, runs = kinds[sys.argv[1]]()
    onnx.save(proto, out / "model.onnx")
    session = onnxruntime.InferenceSession(out / "model.onnx")
    for size, feed in runs.items():
        np.savez(out / f"in.{size}.npz", **feed)
        names = [output.name for output in session.get_outputs()]
        results = dict(zip(names, session.run(names, feed)))
        np.savez(out / f"out.{size}.npz", **results)
