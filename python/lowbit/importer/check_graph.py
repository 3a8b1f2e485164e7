# ===- check_graph.py - what must hold before anything is done ------------=== #
#
# Part of the Lowbit project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Refuses models that are no graph: the steps after this one rely on it.

ONNX's own checker looks for external data in the current directory, and takes
models that it only later cannot order; this one reads the structure alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import onnx
import onnx.defs

from .errors import ImportFailure
from .graph import all_graphs, opset_version


def check_graph(model: onnx.ModelProto) -> None:
    """Raises ImportFailure with the first thing that is wrong."""
    newest = onnx.defs.onnx_opset_version()
    version = opset_version(model)
    if version > newest:
        raise ImportFailure(
            f"the model uses opset {version}; the newest that this copy of onnx "
            f"knows is {newest}"
        )
    if not model.graph.output:
        raise ImportFailure("the model has no outputs")
    _check_unique((v.name for v in model.graph.input), "inputs")
    _check_unique((v.name for v in model.graph.output), "outputs")
    for value in model.graph.input:
        if value.type.tensor_type.elem_type == onnx.TensorProto.STRING:
            raise ImportFailure(f"input '{value.name}' holds texts, not numbers")
    for graph in all_graphs(model.graph):
        for tensor in graph.initializer:
            if any(size < 0 for size in tensor.dims):
                raise ImportFailure(f"tensor '{tensor.name}' has a negative size")
        if graph.sparse_initializer:
            name = graph.sparse_initializer[0].values.name
            raise ImportFailure(
                f"initializer '{name}' is sparse; make it a dense one, with zeros"
            )
        _check_nodes(graph, version)


def _check_unique(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if not name:
            raise ImportFailure(f"one of the model's {what} has no name")
        if name in seen:
            raise ImportFailure(f"two of the model's {what} are called '{name}'")
        seen.add(name)


def _check_nodes(graph: onnx.GraphProto, version: int) -> None:
    made: set[str] = set()
    for place, node in enumerate(graph.node):
        where = f"operator '{node.op_type}' of node '{node.name or place}'"
        if not any(node.output):
            raise ImportFailure(f"{where} has no output")
        for name in node.output:
            if name and name in made:
                raise ImportFailure(
                    f"value '{name}' is made twice, the second time by {where}"
                )
            made.add(name)
        if node.domain in ("", "ai.onnx"):
            _check_operands(node, version, where)


def _check_operands(node: onnx.NodeProto, version: int, where: str) -> None:
    try:
        schema = onnx.defs.get_schema(node.op_type, version)
    except onnx.defs.SchemaError:
        return  # The step that meets an unknown operator names it.
    if not schema.min_input <= len(node.input) <= schema.max_input:
        raise ImportFailure(
            f"{where} has {len(node.input)} operands; it takes at least "
            f"{schema.min_input}, at most {schema.max_input}"
        )
