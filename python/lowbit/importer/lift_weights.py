# ===- lift_weights.py - weights out of the graph before import -----------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Turns the model's weights into graph inputs, so that torch-mlir never sees them.

An initializer would travel through the compiler as a constant and end as a
nameless hexadecimal string in the output, eight times as slow and twice as
large. As an input it is a name and a type, and its bytes go from the ONNX file
straight into the weights file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import onnx.numpy_helper
from onnx import TensorProto, helper
from onnx.external_data_helper import uses_external_data

from .errors import ImportFailure
from .graph import replace_field
from .tensors import map_external, to_array

# Smaller tensors (scales, epsilons, short biases) are better constants: passes
# can fold them. 256 elements are at most 2 KB of text.
LEAST_WEIGHT_ELEMENTS = 256

# The element types that count as weights and that a safetensors file can hold.
WEIGHT_TYPES: dict[int, np.dtype] = {
    TensorProto.FLOAT: np.dtype(np.float32),
    TensorProto.DOUBLE: np.dtype(np.float64),
    TensorProto.FLOAT16: np.dtype(np.float16),
    TensorProto.BFLOAT16: np.dtype(ml_dtypes.bfloat16),
    TensorProto.FLOAT8E4M3FN: np.dtype(ml_dtypes.float8_e4m3fn),
    TensorProto.FLOAT8E5M2: np.dtype(ml_dtypes.float8_e5m2),
}


@dataclass(frozen=True)
class Weight:
    """A tensor that left the graph; `read` gives its elements when asked."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[], np.ndarray]


def _is_weight(tensor: TensorProto) -> bool:
    return (
        tensor.data_type in WEIGHT_TYPES
        and math.prod(tensor.dims) >= LEAST_WEIGHT_ELEMENTS
    )


def _as_weight(name: str, tensor: TensorProto, directory: Path) -> Weight:
    dtype = WEIGHT_TYPES[tensor.data_type]
    shape = tuple(tensor.dims)
    if uses_external_data(tensor):
        # Mapped now, so that a missing file is told before any work is done.
        mapped = map_external(tensor, directory).view(dtype).reshape(shape)
        return Weight(name, shape, dtype, lambda: mapped)
    size = math.prod(shape) * dtype.itemsize
    if tensor.HasField("raw_data") and len(tensor.raw_data) != size:
        raise ImportFailure(
            f"tensor '{name}' should have {size} bytes, and has "
            f"{len(tensor.raw_data)}"
        )

    def read() -> np.ndarray:
        return to_array(tensor).astype(dtype, copy=False)

    return Weight(name, shape, dtype, read)


def _constant_of(node: onnx.NodeProto) -> TensorProto | None:
    """The tensor that a Constant node of reals holds."""
    if node.op_type != "Constant" or node.domain not in ("", "ai.onnx"):
        return None
    for attribute in node.attribute:
        if attribute.name == "value":
            return attribute.t
        if attribute.name == "value_floats":
            values = np.array(attribute.floats, dtype=np.float32)
            return onnx.numpy_helper.from_array(values)
    return None


def _constants_to_initializers(graph: onnx.GraphProto) -> None:
    """Large Constant nodes are weights like any other: makes initializers."""
    kept = []
    for node in graph.node:
        value = _constant_of(node)
        if value is not None and _is_weight(value):
            graph.initializer.append(value)
            graph.initializer[-1].name = node.output[0]
        else:
            kept.append(node)
    if len(kept) != len(graph.node):
        replace_field(graph.node, kept)


def lift_weights(model: onnx.ModelProto, directory: Path) -> list[Weight]:
    """Moves the graph's weights to its inputs, after its real ones.

    Returns them in the order of the new inputs, which is the order of the
    initializers in the file. Called again, it finds what inlining has brought
    into the graph since. `directory` is where external data is looked for.
    Initializers of control flow bodies stay: they cannot be arguments.
    """
    graph = model.graph
    _constants_to_initializers(graph)
    initialized: set[str] = set()
    for tensor in graph.initializer:
        if not tensor.name:
            raise ImportFailure("the model has an initializer without a name")
        if tensor.name in initialized:
            raise ImportFailure(f"the model has two initializers '{tensor.name}'")
        initialized.add(tensor.name)
    inputs = [value for value in graph.input if value.name not in initialized]
    weights: list[Weight] = []
    small: list[TensorProto] = []
    for tensor in graph.initializer:
        if not _is_weight(tensor):
            small.append(tensor)
            continue
        weights.append(_as_weight(tensor.name, tensor, directory))
        inputs.append(
            helper.make_tensor_value_info(
                tensor.name, tensor.data_type, list(tensor.dims)
            )
        )
    replace_field(graph.input, inputs)
    replace_field(graph.initializer, small)
    return weights
