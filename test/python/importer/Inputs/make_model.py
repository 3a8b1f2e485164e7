# ===- make_model.py - small ONNX models for the importer's tests ---------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Writes one of the models below: `make_model.py KIND FILE`.

Each function is one kind, named for what it shows the importer. Weights have
256 elements or more exactly where they should leave the graph.
"""

import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

RANDOM = np.random.default_rng(7)


def tensor(name, *shape, dtype=np.float32):
    return numpy_helper.from_array(RANDOM.standard_normal(shape).astype(dtype), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def value(name, *shape, type=T.FLOAT):
    return helper.make_tensor_value_info(name, type, shape)


def node(op, inputs, outputs, name="", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), name, **attributes)


def model(nodes, inputs, outputs, initializers, opset=17, **options):
    graph = helper.make_graph(nodes, "test", inputs, outputs, initializers)
    domains = [helper.make_opsetid("", opset)] + options.pop("domains", [])
    return helper.make_model(graph, opset_imports=domains, ir_version=8, **options)


def mlp_nodes():
    return [
        node("MatMul", "x fc1.weight", "h0", "/fc1/MatMul"),
        node("Add", "h0 fc1.bias", "h1", "/fc1/Add"),
        node("Relu", "h1", "h2", "/act/Relu"),
        node("MatMul", "h2 fc2.weight", "h3", "/fc2/MatMul"),
        node("Add", "h3 fc2.bias", "y", "/fc2/Add"),
    ]


def mlp_weights(dtype=np.float32):
    return [
        tensor("fc1.weight", 16, 256, dtype=dtype),
        tensor("fc1.bias", 256, dtype=dtype),
        tensor("fc2.weight", 256, 8, dtype=dtype),
        tensor("fc2.bias", 8, dtype=dtype),
    ]


def mlp(opset=17):
    """Two linear layers; all but the last bias are weights."""
    return model(
        mlp_nodes(), [value("x", "batch", 16)], [value("y", "batch", 8)],
        mlp_weights(), opset,
    )


def mlp_opset9():
    return mlp(9)


def mlp_opset9_recorded():
    """The shape of the input stands with those of intermediate values, too."""
    recorded = mlp(9)
    recorded.graph.value_info.append(value("x", "batch", 16))
    return recorded


def mlp_opset8():
    return mlp(8)


def mlp_f16():
    return model(
        mlp_nodes(), [value("x", 4, 16, type=T.FLOAT16)],
        [value("y", 4, 8, type=T.FLOAT16)], mlp_weights(np.float16),
    )


def types():
    """A weight of each float type of the IR, and integers, which stay."""
    kinds = {"f64": np.float64, "f16": np.float16, "bf16": ml_dtypes.bfloat16}
    nodes = [
        node("Cast", kind, f"{kind}_y", f"/{kind}/Cast", to=T.FLOAT) for kind in kinds
    ] + [node("Cast", "i32", "i32_y", "/i32/Cast", to=T.FLOAT)]
    return model(
        nodes, [value("x", 1)], [value(f"{k}_y", 16, 16) for k in (*kinds, "i32")],
        [tensor(k, 16, 16, dtype=t) for k, t in kinds.items()]
        + [helper.make_tensor("i32", T.INT32, [16, 16], range(256))],
    )


def convolution_opset9():
    """BatchNormalization 9 and MaxPool 8, which must be converted."""
    return model(
        [
            node("Conv", "x conv.weight", "c", "/conv/Conv", kernel_shape=[3, 3],
                 pads=[1, 1, 1, 1]),
            node("BatchNormalization", "c gamma beta mean variance", "n", "/bn/Norm"),
            node("MaxPool", "n", "y", "/pool/MaxPool", kernel_shape=[2, 2],
                 strides=[2, 2]),
        ],
        [value("x", 1, 4, 8, 8)], [value("y", 1, 8, 4, 4)],
        [tensor("conv.weight", 8, 4, 3, 3)]
        + [tensor(n, 8) for n in ("gamma", "beta", "mean", "variance")],
        opset=9,
    )


def shared():
    """One weight, two users."""
    return model(
        [
            node("MatMul", "x w", "h", "/a/MatMul"),
            node("MatMul", "h w", "y", "/b/MatMul"),
        ],
        [value("x", 2, 16)], [value("y", 2, 16)], [tensor("w", 16, 16)],
    )


def weight_output():
    """A weight that is also an output of the graph."""
    return model(
        [node("MatMul", "x w", "y", "/a/MatMul")],
        [value("x", 2, 16)], [value("y", 2, 16), value("w", 16, 16)],
        [tensor("w", 16, 16)],
    )


def constant_node():
    """A weight in a Constant node, and an initializer that is an input too."""
    return model(
        [
            helper.make_node("Constant", [], ["w"], "/w", value=tensor("-", 16, 16)),
            node("MatMul", "x w", "h", "/a/MatMul"),
            node("MatMul", "h v", "y", "/b/MatMul"),
        ],
        [value("v", 16, 16), value("x", 2, 16)], [value("y", 2, 16)],
        [tensor("v", 16, 16)],
    )


def unnamed():
    """Nodes without names, one with a name like those that are made up."""
    return model(
        [
            node("MatMul", "x w", "a"),
            node("MatMul", "a w", "b", "/MatMul"),
            node("MatMul", "b w", "y"),
        ],
        [value("x", 2, 16)], [value("y", 2, 16)], [tensor("w", 16, 16)],
    )


def branches():
    """Weights and unnamed nodes in the branches of an If."""
    branch = {
        name: helper.make_graph(
            [node("MatMul", f"x {weight}", f"{name}_y")], name, [],
            [value(f"{name}_y", 2, 16)],
        )
        for name, weight in (("then", "w"), ("else", "v"))
    }
    return model(
        [node("If", "c", "y", "/If", then_branch=branch["then"],
              else_branch=branch["else"])],
        [value("x", 2, 16), value("c", type=T.BOOL)], [value("y", 2, 16)],
        [tensor("w", 16, 16), tensor("v", 16, 16)],
    )


def shapes():
    """A Reshape and an Expand whose operands are computed from Shape."""
    return model(
        [
            node("Shape", "x", "shape", "/Shape"),
            node("Gather", "shape zero", "rows", "/Gather"),
            node("Concat", "rows sixteen", "wanted", "/Concat", axis=0),
            node("ConstantOfShape", "two", "ones", "/Ones",
                 value=helper.make_tensor("one", T.INT64, [1], [1])),
            node("Equal", "wanted minus", "unknown", "/Equal"),
            node("Where", "unknown ones wanted", "target", "/Where"),
            node("Expand", "table target", "expanded", "/Expand"),
            node("MatMul", "x w", "h", "/a/MatMul"),
            node("Add", "h expanded", "y", "/Add"),
        ],
        [value("x", "batch", 16)], [value("y", "batch", 16)],
        [
            tensor("w", 16, 16), tensor("table", 1, 16), ints("zero", 0),
            ints("sixteen", 16), ints("two", 2), ints("minus", -1, -1),
        ],
    )


def two_dims():
    """Two open dimensions that must agree, asserted where they are added twice."""
    return model(
        [
            node("Add", "x z", "a", "/Add"),
            node("Relu", "a", "b", "/Relu"),
            node("Add", "b z", "y", "/Add_1"),
        ],
        [value("x", "rows", 16), value("z", "lines", 16)], [value("y", "rows", 16)], [],
    )


def attention():
    """An operator that is imported as its function body."""
    return model(
        [
            node("Attention", "q k v", "y", "/attn/Attention", q_num_heads=2,
                 kv_num_heads=2),
        ],
        [value(n, 1, 8, 32) for n in "qkv"], [value("y", 1, 8, 32)], [], opset=23,
    )


def open_attention():
    """The same with an open batch, which the body computes shapes of."""
    return model(
        [
            node("Attention", "q k v", "y", "/attn/Attention", q_num_heads=2,
                 kv_num_heads=2),
        ],
        [value("q", "b", 5, 64), value("k", "b", 9, 64), value("v", "b", 9, 64)],
        [value("y", "b", 5, 64)], [], opset=23,
    )


def open_reshapes():
    """Shapes that are computed of open dimensions: heads are split off, repeated
    and joined, and an Expand whose shape is the operand's own."""
    def sizes(source, *axes):
        return [
            node("Shape", source, f"{source}{a}", f"/Shape_{source}{a}", start=a, end=a + 1)
            for a in axes
        ]

    return model(
        [
            *sizes("x", 0, 1), node("Concat", "x0 x1 two rest", "split", "/Split", axis=0),
            node("Reshape", "x split", "y", "/Reshape"),
            node("Transpose", "y", "t", "/Transpose", perm=[0, 2, 1, 3]),
            node("Unsqueeze", "t two", "u", "/Unsqueeze"), *sizes("t", 0, 2),
            node("Concat", "t0 two two t2 eight", "wide", "/Wide", axis=0),
            node("Expand", "u wide", "e", "/Expand"),
            node("Concat", "t0 four t2 eight", "join", "/Join", axis=0),
            node("Reshape", "e join", "z", "/Reshape_1"),
            node("Concat", "t0 two t2 eight", "same", "/Same", axis=0),
            node("Expand", "t same", "w", "/Expand_1"),
        ],
        [value("x", "b", "s", 16)],
        [value("y", "b", "s", 2, 8), value("z", "b", 4, "s", 8), value("w", "b", 2, "s", 8)],
        [ints("two", 2), ints("rest", -1), ints("eight", 8), ints("four", 4)],
    )


def local_function():
    """A function that the model defines itself."""
    body = helper.make_function(
        "local", "Twice", ["a"], ["b"], [node("Add", "a a", "b", "double")],
        [helper.make_opsetid("", 17)],
    )
    return model(
        [helper.make_node("Twice", ["x"], ["y"], "/Twice", domain="local")],
        [value("x", 2, 16)], [value("y", 2, 16)], [],
        domains=[helper.make_opsetid("local", 1)], functions=[body],
    )


def function_weights():
    """Weights that are constants of a function, and a list of numbers."""
    weight = tensor("k", 16, 32)
    body = helper.make_function(
        "local", "Layer", ["a"], ["b"],
        [node("Constant", "", "k", "constant", value=weight), node("MatMul", "a k", "b", "product")],
        [helper.make_opsetid("", 17)],
    )
    return model(
        [
            helper.make_node("Layer", ["x"], ["h"], "/Layer", domain="local"),
            node("Constant", "", "v", "/constant", value_floats=[0.5] * 512),
            node("Tile", "h times", "l", "/Tile"), node("Mul", "l v", "y", "/Mul"),
        ],
        [value("x", 2, 16)], [value("y", 2, 512)], [ints("times", 1, 16)],
        domains=[helper.make_opsetid("local", 1)], functions=[body],
    )


def unlowered():
    """Blocked dequantization, which torch-mlir does not lower."""
    codes = helper.make_tensor("codes", T.INT8, [4, 8], bytes(32), raw=True)
    return model(
        [node("DequantizeLinear", "codes scales", "y", "/dq/Dequantize", axis=1,
              block_size=4)],
        [value("x", 1)], [value("y", 4, 8)], [codes, tensor("scales", 4, 2)], opset=21,
    )


def crash():
    """An operator that takes torch-mlir's process down, after one that does not."""
    return model(
        [node("Neg", "x", "z", "/head/Neg"), node("Unique", "z", "y", "/head/Unique")],
        [value("x", 4)], [value("y", "n")], [],
    )


def contradiction():
    """Shapes that cannot be: a reshape of 2x6 elements to 5x3."""
    return model(
        [node("Reshape", "x shape", "y", "/Reshape")],
        [value("x", "batch", 6)], [value("y", 5, 3)], [ints("shape", 5, 3)],
    )


def twice():
    """Two initializers of one name."""
    return model(
        [node("MatMul", "x w", "y", "/a/MatMul")], [value("x", 2, 16)],
        [value("y", 2, 16)], [tensor("w", 16, 16), tensor("w", 16, 16)],
    )


def main():
    kind, path = sys.argv[1:]
    if kind == "external":
        onnx.save(mlp(), path, save_as_external_data=True, location="data.bin",
                  size_threshold=0)
    else:
        onnx.save(globals()[kind](), path)


main()
