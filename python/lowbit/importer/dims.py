# ===- dims.py - fixing named dimensions and inferring shapes -------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Fixes the model's open dimensions and infers every shape that follows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import onnx

from .errors import ImportFailure

# ONNX and MLIR have 64 bits, but torch-mlir keeps 32 of some.
LARGEST_SIZE = 2**31 - 1

Dimension = onnx.TensorShapeProto.Dimension


def parse_dim_option(text: str) -> tuple[str, int]:
    """`batch=8` -> ("batch", 8); the size must be a positive whole number."""
    name, equals, size = text.rpartition("=")
    if not equals or not name:
        raise ImportFailure(f"--dim {text}: expected NAME=SIZE or INPUT.AXIS=SIZE")
    if not (size.isascii() and size.isdigit()) or int(size) == 0:
        raise ImportFailure(f"--dim {text}: '{size}' is not a positive whole number")
    if int(size) > LARGEST_SIZE:
        raise ImportFailure(f"--dim {text}: sizes are at most {LARGEST_SIZE}")
    return name, int(size)


def _open_dims(graph: onnx.GraphProto) -> dict[str, list[Dimension]]:
    """Every name by which `--dim` may call a dimension that is still open.

    A dimension without a symbol is known as `input.axis` alone. One with a
    symbol is known by both names, and means the symbol everywhere: ONNX says
    that equal symbols are equal sizes.
    """
    symbols: dict[str, list[Dimension]] = {}
    positions: dict[str, list[Dimension]] = {}
    for value in graph.input:
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if dim.HasField("dim_value"):
                continue
            position = f"{value.name}.{axis}"
            if dim.dim_param:
                symbols.setdefault(dim.dim_param, []).append(dim)
                positions[position] = symbols[dim.dim_param]
            else:
                positions[position] = [dim]
    return positions | symbols


def _unknown_dim(name: str, known: Sequence[str], graph: onnx.GraphProto) -> str:
    fixed = {
        f"{value.name}.{axis}": dim.dim_value
        for value in graph.input
        for axis, dim in enumerate(value.type.tensor_type.shape.dim)
        if dim.HasField("dim_value")
    }
    if name in fixed:
        return f"--dim {name}: the model fixes this dimension to {fixed[name]}"
    if not known:
        return f"--dim {name}: the model has no open dimensions"
    text = f"--dim {name}: no such dimension; the model has {', '.join(known)}"
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"{text}; did you mean '{nearest[0]}'?" if nearest else text


def fix_dims(graph: onnx.GraphProto, sizes: Sequence[tuple[str, int]]) -> None:
    """Gives the named open dimensions of the graph's inputs their sizes."""
    named = _open_dims(graph)
    known = sorted(named)
    chosen: dict[str, int] = {}
    for name, size in sizes:
        if name not in named:
            raise ImportFailure(_unknown_dim(name, known, graph))
        for dim in named[name]:
            if dim.HasField("dim_value") and dim.dim_value != size:
                raise ImportFailure(
                    f"--dim {name}={size}: this dimension was already given "
                    f"as {dim.dim_value}"
                )
        symbols = {dim.dim_param for dim in named[name] if dim.dim_param}
        chosen.update((symbol, size) for symbol in symbols)
        for dim in named[name]:
            dim.dim_value = size
    for value in graph.output:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in chosen:
                dim.dim_value = chosen[dim.dim_param]
    # Recorded shapes were true for open dimensions. Where an input has one, too, the
    # converter of opsets takes that for the input's own.
    del graph.value_info[:]


def infer_shapes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Infers the type and shape of every value, from the inputs on.

    Recorded shapes of intermediate values are dropped first: they were true for
    open dimensions and hide what the fixed ones make known. Outputs keep their
    symbols only where inference learns nothing better.
    """
    del model.graph.value_info[:]
    try:
        return onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception as error:  # The binding raises several unrelated types.
        raise ImportFailure(f"shape inference failed: {error}") from error
