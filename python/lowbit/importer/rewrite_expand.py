# ===- rewrite_expand.py - Expand to a shape that is not known ------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Spells Expand to an unknown shape as a product with ones of that shape.

torch-mlir decides how each dimension is expanded before it has inferred the
operand's shape. A dimension that turns out to be 1 later, the batch dimension
of a sliced table for one, is by then asserted to be as large as the result:
the model would stop at every batch size but 1. Products broadcast by the same
rules, and are lowered after inference.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .dims import infer_shapes
from .graph import replace_field

# Types with a product; And does the same for booleans.
_MULTIPLIED = frozenset(
    getattr(TensorProto, name)
    for name in "FLOAT DOUBLE FLOAT16 BFLOAT16 INT32 INT64".split()
)


def rewrite_expand(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replaces each Expand whose shape is computed at run time.

    x -> x * 1 keeps every value, zeros' signs, infinities and NaNs included.
    Expects inferred types; an Expand of unknown type stays.
    """
    graph = model.graph
    types = {
        value.name: value.type.tensor_type.elem_type
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    types.update((tensor.name, tensor.data_type) for tensor in graph.initializer)
    constants = {tensor.name for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        element = types.get(node.input[0]) if node.op_type == "Expand" else None
        known = element in _MULTIPLIED or element == TensorProto.BOOL
        if not known or node.input[1] in constants:
            nodes.append(node)
            continue
        ones = f"{node.output[0]}#ones"
        # As bytes: torch-mlir does not read f16 as a list of numbers.
        one = numpy_helper.from_array(
            np.ones(1, helper.tensor_dtype_to_np_dtype(element)), "one"
        )
        nodes.append(
            helper.make_node(
                "ConstantOfShape", [node.input[1]], [ones], f"{node.name}/ones",
                value=one,
            )
        )
        operator = "And" if element == TensorProto.BOOL else "Mul"
        operands = [node.input[0], ones]
        nodes.append(
            helper.make_node(operator, operands, list(node.output), node.name)
        )
    if len(nodes) != len(graph.node):
        replace_field(graph.node, nodes)
        model = infer_shapes(model)
    return model
