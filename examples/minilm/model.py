# ===- model.py - an encoder as an ONNX file ------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""What the comparison needs to know of an ONNX encoder, read from its graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto


@dataclass(frozen=True)
class Encoder:
    """An ONNX file that maps token arrays [batch, length] to embeddings."""

    path: Path
    inputs: tuple[str, ...]
    output: str

    def select(self, tokens: dict[str, np.ndarray], rows: int) -> dict[str, np.ndarray]:
        """The first `rows` rows of the arrays that this encoder takes."""
        return {name: tokens[name][:rows] for name in self.inputs}


def read_encoder(path: Path, known_inputs: set[str]) -> Encoder:
    """Finds the inputs and the output that is the embedding.

    That is the only floating-point output with two dimensions. Raises
    ValueError if there is none, or an input is not among `known_inputs`.
    """
    graph = onnx.load(path, load_external_data=False).graph
    initializers = {tensor.name for tensor in graph.initializer}
    inputs = tuple(v.name for v in graph.input if v.name not in initializers)
    unknown = sorted(set(inputs) - known_inputs)
    if unknown:
        raise ValueError(f"{path}: no data for input {', '.join(unknown)}")
    outputs = [
        value.name
        for value in graph.output
        if value.type.tensor_type.elem_type == TensorProto.FLOAT
        and len(value.type.tensor_type.shape.dim) == 2
    ]
    if len(outputs) != 1:
        raise ValueError(
            f"{path}: expected one output [batch, width], found {outputs or 'none'}"
        )
    return Encoder(path, inputs, outputs[0])


def stored_bytes(path: Path) -> int:
    """The bytes of all weights in an ONNX file, whatever their type.

    64-bit integers are shapes and positions, and do not count.
    """
    total = 0
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        if tensor.data_type != TensorProto.INT64:
            itemsize = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
            total += math.prod(tensor.dims) * itemsize
    return total
