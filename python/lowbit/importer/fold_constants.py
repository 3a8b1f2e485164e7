# ===- fold_constants.py - shape arithmetic at import time ----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Computes the shape arithmetic of a graph whose dimensions are known.

Exporters write `Shape`, `Gather`, `Concat` and their like to find the operands
of a Reshape or an Expand. Where torch-mlir cannot fold them it leaves
assertions that are checked at run time. With fixed dimensions all of it is
constant, and ONNX's own reference evaluator says what it comes to; with open ones
much of it is what `open_shapes` follows.
"""

from __future__ import annotations

import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from .dims import infer_shapes
from .graph import all_graphs, replace_field
from .open_shapes import Rewriter, Size, evaluate, sizes_of, to_known
from .tensors import to_array

# Larger results are data, not shapes: they would only swell the text.
MOST_FOLDED_ELEMENTS = 4096

# Their results have any size, however small their operands are.
GROWING_OPERATORS = frozenset({"ConstantOfShape", "Expand", "Range", "Tile"})

# Deterministic operators of shape arithmetic and index tables.
FOLDED_OPERATORS = frozenset(
    "Abs Add And Cast Ceil Concat ConstantOfShape Div Equal Expand Floor Gather "
    "GatherElements GatherND Greater GreaterOrEqual Identity Less LessOrEqual Max "
    "Min Mod Mul Neg NonZero Not Or Pow Range ReduceMax ReduceMin ReduceProd "
    "ReduceSum Reshape ScatterElements ScatterND Shape Sign Size Slice Split Sqrt "
    "Squeeze Sub Tile Transpose Unsqueeze Where Xor".split()
)


def _is_small(dims) -> bool:
    return math.prod(dims) <= MOST_FOLDED_ELEMENTS


class _Folder:
    """One walk over the graph, with the values that are known so far."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._opset = model.opset_import
        self._graph = model.graph
        self._known: dict[str, np.ndarray] = {
            tensor.name: to_array(tensor)
            for tensor in model.graph.initializer
            if _is_small(tensor.dims)
        }
        # What is known of shapes, and of the values of such with open sizes.
        self._sizes: dict[str, tuple[Size, ...]] = {}
        self._partial: dict[str, np.ndarray] = {}
        for value in (*model.graph.input, *model.graph.value_info):
            if (sizes := sizes_of(value)) is not None:
                self._sizes[value.name] = sizes
        self._shapes: dict[str, tuple[int, ...]] = {
            name: sizes
            for name, sizes in self._sizes.items()
            if all(isinstance(size, int) for size in sizes)
        }

    def _evaluate(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """The node's results, or None if they are not known at import time."""
        if node.domain not in ("", "ai.onnx"):
            return None
        if node.op_type in ("Shape", "Size") and node.input[0] in self._shapes:
            # The shape is enough; a view of one element stands for the tensor.
            shape = self._shapes[node.input[0]]
            operands = {node.input[0]: np.broadcast_to(np.float32(0), shape)}
        elif all(name in self._known for name in node.input if name):
            operands = {name: self._known[name] for name in node.input if name}
        else:
            return None
        if node.op_type not in FOLDED_OPERATORS and node.op_type != "Constant":
            return None
        shapes = [self._shapes.get(name) for name in node.output if name]
        if any(shape is not None and not _is_small(shape) for shape in shapes):
            return None
        if node.op_type in GROWING_OPERATORS and None in shapes:
            # Perhaps the next walk knows it, when the operands are initializers.
            return None
        graph = helper.make_graph(
            [node],
            "fold",
            [helper.make_empty_tensor_value_info(name) for name in operands],
            [helper.make_empty_tensor_value_info(name) for name in node.output],
        )
        model = helper.make_model(graph, opset_imports=self._opset)
        try:
            results = ReferenceEvaluator(model).run(None, operands)
        except Exception:
            # Anything it cannot do stays in the graph, for torch-mlir to judge.
            return None
        arrays = [np.asarray(result) for result in results]
        return arrays if all(_is_small(a.shape) for a in arrays) else None

    def _follow(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """The node's result if it is known though its operands are not; otherwise
        notes what is known of it."""
        operands = [self._partial.get(n, self._known.get(n)) for n in node.input]
        if node.domain not in ("", "ai.onnx") or not (
            node.op_type == "Shape" or any(n in self._partial for n in node.input)
        ):
            return None
        sizes = evaluate(node, self._sizes, operands)
        if sizes is None:
            return None
        if (known := to_known(sizes)) is not None:
            return [known]
        self._partial[node.output[0]] = sizes
        return None

    def _rewrite(
        self, node: onnx.NodeProto, rewriter: Rewriter
    ) -> list[onnx.NodeProto] | None:
        """A Reshape or Expand in terms of its operand's own sizes."""
        if node.op_type not in ("Reshape", "Expand") or node.domain not in ("", "ai.onnx"):
            return None
        source = self._sizes.get(node.input[0])
        shape = self._partial.get(node.input[1])
        if source is None or shape is None:
            return None
        return rewriter.rewrite(node, source, shape)

    def run(self) -> bool:
        """Replaces what is known by initializers; says whether it found any."""
        kept: list[onnx.NodeProto] = []
        outputs = {value.name for value in self._graph.output}
        folded: list[TensorProto] = []
        rewriter = Rewriter()
        changed = False
        for node in self._graph.node:
            results = self._evaluate(node)
            if results is None:
                results = self._follow(node)
            if results is None:
                rewritten = self._rewrite(node, rewriter)
                kept += [node] if rewritten is None else rewritten
                changed |= rewritten is not None
                continue
            self._known.update(zip(node.output, results))
            # An output of the graph must still be computed by a node.
            if outputs.intersection(node.output):
                kept.append(node)
            else:
                folded += [
                    numpy_helper.from_array(result, name)
                    for name, result in zip(node.output, results)
                ]
        if not folded and not changed:
            return False
        replace_field(self._graph.node, kept)
        self._graph.initializer.extend(folded + rewriter.constants)
        return True


def _drop_unused_nodes(graph: onnx.GraphProto) -> None:
    """Removes shape arithmetic that nothing reads any more."""
    while True:
        used = {value.name for part in all_graphs(graph) for value in part.output}
        for part in all_graphs(graph):
            for node in part.node:
                used.update(node.input)
        kept = [
            node
            for node in graph.node
            if node.op_type not in FOLDED_OPERATORS or used.intersection(node.output)
        ]
        if len(kept) == len(graph.node):
            return
        replace_field(graph.node, kept)


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Removes the constants that nothing reads any more."""
    used = {value.name for value in graph.output}
    for node in graph.node:
        used.update(node.input)
        for attribute in node.attribute:
            # A body may read any constant of the graph around it.
            if attribute.HasField("g") or attribute.graphs:
                return
    replace_field(graph.initializer, [t for t in graph.initializer if t.name in used])


def fold_constants(model: onnx.ModelProto) -> onnx.ModelProto:
    """Infers shapes and folds what they make constant, until nothing changes.

    Weights are graph inputs by now, so they are never touched.
    """
    model = infer_shapes(model)
    while _Folder(model).run():
        _drop_unused_nodes(model.graph)
        model = infer_shapes(model)
    _drop_unused(model.graph)
    return model
