# ===- open_shapes.py - shape arithmetic on open dimensions ---------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Makes what is known of the operands of Reshape and Expand constant.

Where dimensions are open, exporters and function bodies compute shapes at run
time, and torch-mlir takes all sizes in them for unknown ones. Here such a shape
is followed with the model's symbols in place of sizes: a size that the operand
has itself is taken from there, any other that is known becomes a constant.
Equal symbols are equal sizes, as ONNX says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

# A size, its symbol, or None where nothing is known.
Size = int | str | None


def sizes_of(value: onnx.ValueInfoProto) -> tuple[Size, ...] | None:
    """What is known of a tensor's shape; None if not even its rank is."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(
        dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None
        for dim in tensor.shape.dim
    )


def _attribute(node: onnx.NodeProto, name: str, default: int) -> int:
    return next((a.i for a in node.attribute if a.name == name), default)


def _equal(a: Size, b: Size) -> bool | None:
    """Whether two sizes are equal, None where that is not known."""
    if a is None or b is None:
        return None
    if isinstance(a, int) == isinstance(b, int):
        return True if a == b else False if isinstance(a, int) else None
    # No size is negative.
    number = a if isinstance(a, int) else b
    return False if number < 0 else None


def _objects(items: Sequence[object]) -> np.ndarray:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def evaluate(
    node: onnx.NodeProto,
    shapes: Mapping[str, tuple[Size, ...]],
    operands: Sequence[np.ndarray | None],
) -> np.ndarray | None:
    """The result of a node as an array of sizes; None if it is none.

    `operands` are what is known of the values of the node's inputs.
    """
    if node.op_type == "Shape":
        shape = shapes.get(node.input[0])
        if shape is None:
            return None
        start, end = (_attribute(node, k, d) for k, d in (("start", 0), ("end", 2**31)))
        return _objects(shape[slice(start, end)])
    if any(x is None for x in operands) or not operands:
        return None
    first, *others = operands
    if node.op_type == "Identity":
        return first
    if node.op_type == "Squeeze":
        return first.reshape(()) if first.shape == (1,) else None
    if node.op_type == "Unsqueeze":
        one = first.ndim == 0 and len(operands) == 2 and operands[1].size == 1
        return first.reshape((1,)) if one else None
    if node.op_type == "Cast":
        return first if _attribute(node, "to", 0) == onnx.TensorProto.INT64 else None
    if node.op_type == "Concat":
        return np.concatenate(operands) if all(x.ndim == 1 for x in operands) else None
    if node.op_type == "Gather" and first.ndim == 1 and others[0].dtype != object:
        places = others[0]
        inside = np.all((places >= -first.size) & (places < first.size))
        return np.asarray(first[places], object) if inside else None
    if node.op_type == "Slice" and first.ndim == 1:
        if any(x.dtype == object or x.size != 1 for x in others):
            return None
        start, end, axis, step = [int(x.item()) for x in others] + [0, 1][len(others) - 2 :]
        return first[start:end:step] if axis in (0, -1) and step > 0 else None
    if node.op_type == "Equal":
        pairs = np.broadcast(*operands)
        results = _objects([_equal(_plain(a), _plain(b)) for a, b in pairs])
        return results.reshape(pairs.shape)
    if node.op_type == "Where":
        picks = np.broadcast(*operands)
        results = _objects(
            [None if c is None else a if c else b for c, a, b in picks]
        )
        return results.reshape(picks.shape)
    return None


def _plain(size: object) -> Size:
    return int(size) if isinstance(size, int | np.integer) else size


def to_known(array: np.ndarray, template: np.dtype = np.dtype(np.int64)):
    """The array as numbers, None if one of them is not known."""
    if any(x is None or isinstance(x, str) for x in array.ravel()):
        return None
    boolean = array.size > 0 and all(isinstance(x, bool | np.bool_) for x in array.ravel())
    return array.astype(bool if boolean else template)


def _divide(whole: Sequence[Size], parts: Sequence[Size]) -> int | None:
    """The number that `whole` has more of than `parts`, symbols cancelled."""
    left, right = list(whole), list(parts)
    if None in left or None in right:
        return None
    for size in [x for x in left if isinstance(x, str)]:
        if size not in right:
            return None
        left.remove(size)
        right.remove(size)
    if any(isinstance(x, str) for x in right) or 0 in right or 0 in left:
        return None
    quotient, rest = divmod(math.prod(left), math.prod(right))
    return None if rest else quotient


def _new_constant(name: str, values: Sequence[int]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


class Rewriter:
    """Rewrites Reshape and Expand whose shapes are known in part."""

    def __init__(self) -> None:
        self.constants: list[onnx.TensorProto] = []

    def _reshape(
        self, node: onnx.NodeProto, source: tuple[Size, ...], wanted: list[Size]
    ) -> list[onnx.NodeProto] | None:
        # In an operator's own shape 0 and -1 have a meaning of their own.
        if _attribute(node, "allowzero", 0) or any(x == 0 for x in wanted):
            return None
        if -1 in wanted:
            rest = _divide(source, [x for x in wanted if x != -1])
            if rest is None or wanted.count(-1) != 1:
                return None
            wanted = [rest if x == -1 else x for x in wanted]
        shape = f"{node.output[0]}#shape"
        copied = [
            0 if i < len(source) and not isinstance(x, int) and x == source[i] else x
            for i, x in enumerate(wanted)
        ]
        if None in wanted or any(isinstance(x, str) and x not in source for x in copied):
            return None
        new = helper.make_node(
            "Reshape", [node.input[0], shape], list(node.output), node.name
        )
        if all(isinstance(x, int) for x in copied):
            self.constants.append(_new_constant(shape, copied))
            return [new]
        # Zeros copy sizes of the same place alone: others are asked for.
        shape = f"{node.output[0]}#sizes"
        if node.input[1] == shape:
            return None
        new.input[1] = shape
        nodes, parts = [], []
        for i, size in enumerate(wanted):
            part = f"{shape}{i}"
            parts.append(part)
            if isinstance(size, int):
                self.constants.append(_new_constant(part, [size]))
                continue
            place = source.index(size)
            nodes.append(
                helper.make_node(
                    "Shape", [node.input[0]], [part], f"{node.name}/Shape{i}",
                    start=place, end=place + 1,
                )
            )
        concat = helper.make_node("Concat", parts, [shape], f"{node.name}/Concat", axis=0)
        return [*nodes, concat, new]

    def _expand(
        self, node: onnx.NodeProto, source: tuple[Size, ...], wanted: list[Size]
    ) -> list[onnx.NodeProto] | None:
        rank = max(len(source), len(wanted))
        if any(isinstance(x, int) and x < 1 for x in wanted):
            return None
        own = (1,) * (rank - len(source)) + source
        wanted = [1] * (rank - len(wanted)) + wanted
        needed = [1 if x is not None and x == s else x for x, s in zip(wanted, own)]
        if not all(isinstance(x, int) for x in needed):
            return None
        if len(source) == rank and all(x == 1 for x in needed):
            return [
                helper.make_node(
                    "Identity", [node.input[0]], list(node.output), node.name
                )
            ]
        shape = f"{node.output[0]}#shape"
        self.constants.append(_new_constant(shape, needed))
        return [
            helper.make_node(
                "Expand", [node.input[0], shape], list(node.output), node.name
            )
        ]

    def rewrite(
        self, node: onnx.NodeProto, source: tuple[Size, ...], shape: np.ndarray
    ) -> list[onnx.NodeProto] | None:
        """What takes the place of `node`, whose operand's shape is `source` and
        whose own shape is `shape`; None if that would say no more."""
        wanted = [_plain(x) for x in shape]
        if node.op_type == "Reshape":
            return self._reshape(node, source, wanted)
        return self._expand(node, source, wanted)
