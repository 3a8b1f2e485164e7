# ===- graph.py - ONNX files, opsets and node names -----------------------=== #
#
# Part of the Lowbit project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Reads an ONNX file and brings it into the form that torch-mlir takes.

Tensors that lie in files of their own stay there until somebody needs them:
weights go from those files straight to the safetensors file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
import onnx.version_converter
from google.protobuf.message import DecodeError
from onnx.external_data_helper import uses_external_data

from .errors import ImportFailure

# torch-mlir fails on several operators of older opsets (MaxPool 9,
# BatchNormalization and Slice 12), and takes everything of this one.
OLDEST_LOWERED_OPSET = 17
# The version converter has no adapters below.
OLDEST_CONVERTED_OPSET = 9


def load_model(path: Path) -> onnx.ModelProto:
    """Parses `path`, leaving external tensor data where it lies."""
    try:
        model = onnx.load(path, load_external_data=False)
    except OSError as error:
        raise ImportFailure(f"cannot read '{path}': {error.strerror}") from error
    except DecodeError as error:
        raise ImportFailure(f"'{path}' is not an ONNX file") from error
    # Protocol buffers have no magic number: text that happens to decode comes
    # out as a model without operators.
    if not model.graph.node or not model.opset_import:
        raise ImportFailure(f"'{path}' is not an ONNX file: it holds no graph")
    return model


def opset_version(model: onnx.ModelProto) -> int:
    """The version of ONNX's own operator set that the model is written in."""
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx"):
            return opset.version
    raise ImportFailure("the model does not import ONNX's own operators")


def upgrade_opset(model: onnx.ModelProto) -> onnx.ModelProto:
    """Converts a model of an opset before 17 to 17; newer ones stay."""
    version = opset_version(model)
    if version >= OLDEST_LOWERED_OPSET:
        return model
    if version < OLDEST_CONVERTED_OPSET:
        raise ImportFailure(
            f"the model uses opset {version}; opsets from "
            f"{OLDEST_CONVERTED_OPSET} up can be imported"
        )
    # Before IR version 4 an initializer had to be an input too.
    model.ir_version = max(model.ir_version, 8)
    try:
        return onnx.version_converter.convert_version(model, OLDEST_LOWERED_OPSET)
    except Exception as error:  # The binding raises plain RuntimeError.
        raise ImportFailure(
            f"cannot convert the model from opset {version} to "
            f"{OLDEST_LOWERED_OPSET}: {error}"
        ) from error


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The bodies of a control flow node."""
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        elif attribute.type == onnx.AttributeProto.GRAPHS:
            yield from attribute.graphs


def all_graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and, after it, every graph nested in it."""
    yield graph
    for node in graph.node:
        for body in subgraphs(node):
            yield from all_graphs(body)


def name_nodes(graph: onnx.GraphProto) -> None:
    """Gives every node a name that no other node has.

    Node names become layer names, which recipes match: they must exist, and
    must be the same on every import. A node without one is called by its
    operator and its place among the nodes of that operator.
    """
    taken = {node.name for node in graph.node if node.name}
    seen: set[str] = set()
    counts: dict[str, int] = {}
    for node in graph.node:
        stem = node.name or f"/{node.op_type}"
        name = stem
        while name in seen or (not node.name and name in taken):
            counts[stem] = counts.get(stem, 0) + 1
            name = f"{stem}_{counts[stem]}"
        node.name = name
        seen.add(name)


def load_small_tensors(graph: onnx.GraphProto, directory: Path) -> None:
    """Reads what stays in the graph from external files into the graph."""
    for part in all_graphs(graph):
        tensors = list(part.initializer)
        for node in part.node:
            tensors += [a.t for a in node.attribute if a.HasField("t")]
        for tensor in tensors:
            if uses_external_data(tensor):
                try:
                    onnx.external_data_helper.load_external_data_for_tensor(
                        tensor, str(directory)
                    )
                except (OSError, ValueError, onnx.checker.ValidationError) as error:
                    raise ImportFailure(
                        f"cannot read the external data of tensor "
                        f"'{tensor.name}': {error}"
                    ) from error
                tensor.data_location = onnx.TensorProto.DEFAULT
                del tensor.external_data[:]
