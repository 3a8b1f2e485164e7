# ===- graph.py - ONNX files, opsets and node names -----------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Reads an ONNX file and brings it into the form that torch-mlir takes.

Tensors that lie in files of their own stay there until somebody needs them:
weights go from those files straight to the safetensors file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableSequence, Sequence
from pathlib import Path

import onnx
import onnx.inliner
import onnx.numpy_helper
import onnx.shape_inference
import onnx.version_converter
from google.protobuf.message import DecodeError, Message
from onnx.external_data_helper import uses_external_data

from .errors import ImportFailure
from .tensors import external_path, map_external, to_array

# torch-mlir fails on several operators of older opsets (MaxPool 9,
# BatchNormalization and Slice 12), and takes everything of this one.
OLDEST_LOWERED_OPSET = 17
# The version converter has no adapters below.
OLDEST_CONVERTED_OPSET = 9
# Operators that ONNX defines by a function body and torch-mlir does not know.
EXPANDED_OPERATORS = frozenset({"Attention"})
# Element types whose lists of numbers can be turned into bytes.
_WHOLE_BYTES = frozenset(
    getattr(onnx.TensorProto, name)
    for name in "FLOAT DOUBLE FLOAT16 BFLOAT16 FLOAT8E4M3FN FLOAT8E5M2 BOOL INT8 "
    "INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64".split()
)
_END_OF_BODY = "lowbit: end of an inlined body"


def load_model(path: Path) -> onnx.ModelProto:
    """Parses `path`, leaving external tensor data where it lies."""
    try:
        # From bytes: given a path, onnx chooses a parser by the file's name.
        model = onnx.load_model_from_string(path.read_bytes())
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


def inline_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replaces calls of functions by their bodies.

    These are the functions that the model itself defines, and the operators of
    ONNX that torch-mlir lowers in their spelled-out form only. A node that
    comes from a body is called `call/node`, where `call` is the calling node.
    """
    _define_operators_with_gaps(model)
    local = {(function.domain, function.name) for function in model.functions}

    def is_call(node: onnx.NodeProto) -> bool:
        if node.domain in ("", "ai.onnx"):
            return node.op_type in EXPANDED_OPERATORS
        return (node.domain, node.op_type) in local

    calls = [node.name for node in model.graph.node if is_call(node)]
    nested = any(is_call(n) for part in all_graphs(model.graph) for n in part.node)
    if not nested and not local:
        return model
    # The inliner forgets which call a node comes from: a dangling node behind
    # each call marks where its body ends.
    marked: list[onnx.NodeProto] = []
    for node in model.graph.node:
        marked.append(node)
        if is_call(node):
            source = next(name for name in node.output if name)
            marker = onnx.helper.make_node("Identity", [source], [f"{source}#end"])
            marker.doc_string = _END_OF_BODY
            marked.append(marker)
    replace_field(model.graph.node, marked)
    before = {node.name for node in model.graph.node if not is_call(node)} - {""}
    try:
        model = onnx.inliner.inline_local_functions(model)
        model = onnx.inliner.inline_selected_functions(
            model,
            [("", name) for name in sorted(EXPANDED_OPERATORS)],
            inline_schema_functions=True,
        )
    except Exception as error:  # The binding raises plain RuntimeError.
        raise ImportFailure(f"cannot inline the model's functions: {error}") from error
    _name_bodies(model.graph, before, calls)
    return model


def _define_operators_with_gaps(model: onnx.ModelProto) -> None:
    """Makes functions of operators that leave out an input in front of another.

    ONNX's inliner asks for the types of all inputs, also of those that are not
    there. Such a node gets a function of its own, with the body that its operator
    has for these inputs.
    """
    nodes = [
        node
        for part in all_graphs(model.graph)
        for node in part.node
        if node.domain in ("", "ai.onnx")
        and node.op_type in EXPANDED_OPERATORS
        and "" in node.input
    ]
    if not nodes:
        return
    version = opset_version(model)
    inferred = onnx.shape_inference.infer_shapes(model)
    types = {
        value.name: value.type
        for part in all_graphs(inferred.graph)
        for value in (*part.input, *part.value_info, *part.output)
    }
    for part in all_graphs(model.graph):
        for tensor in part.initializer:
            types[tensor.name] = onnx.helper.make_tensor_type_proto(
                tensor.data_type, tensor.dims
            )
    for number, node in enumerate(nodes):
        unknown = [name for name in node.input if name and name not in types]
        if unknown:
            raise ImportFailure(
                f"cannot spell out operator '{node.op_type}' of node '{node.name}': "
                f"the type of its input '{unknown[0]}' is not known"
            )
        schema = onnx.defs.get_schema(node.op_type, version, "")
        body = onnx.FunctionProto.FromString(
            schema.get_context_dependent_function_with_opset_version(
                max(schema.context_dependent_function_opset_versions),
                node.SerializeToString(),
                [
                    (types[name] if name else onnx.TypeProto()).SerializeToString()
                    for name in node.input
                ],
            )
        )
        body.domain, body.name = "lowbit.operators", f"{node.op_type}_{number}"
        for names, formal in ((node.input, body.input), (node.output, body.output)):
            there = [f for f, name in zip(formal, names) if name]
            del formal[:]
            formal.extend(there)
        del body.attribute[:]
        for opset in body.opset_import:
            opset.version = version
        model.functions.append(body)
        actual = [name for name in node.input if name], [n for n in node.output if n]
        del node.input[:], node.output[:], node.attribute[:]
        node.input.extend(actual[0])
        node.output.extend(actual[1])
        node.domain, node.op_type = body.domain, body.name
    model.opset_import.append(onnx.helper.make_opsetid("lowbit.operators", 1))


def _name_bodies(
    graph: onnx.GraphProto, known: set[str], calls: Sequence[str]
) -> None:
    """Names the nodes before each marker after its call; removes the markers."""
    kept: list[onnx.NodeProto] = []
    body: list[onnx.NodeProto] = []
    ends = iter(calls)
    for node in graph.node:
        if node.doc_string == _END_OF_BODY:
            call = next(ends)
            for inner in body:
                # The inliner ends every name with the number of the call.
                own = re.sub(r"__\d+$", "", inner.name) or inner.op_type
                inner.name = f"{call}/{own.lstrip('/')}"
            body.clear()
            continue
        kept.append(node)
        # Nodes that were there before keep their names, wherever they stand.
        if node.name not in known:
            body.append(node)
    replace_field(graph.node, kept)


def replace_field(field: MutableSequence[Message], items: Sequence[Message]) -> None:
    """Makes `items`, some of which may be in it already, the whole field."""
    copies = [type(item).FromString(item.SerializeToString()) for item in items]
    del field[:]
    field.extend(copies)


def subgraphs(node: onnx.NodeProto) -> Iterator[tuple[str, onnx.GraphProto]]:
    """The bodies of a control flow node and what they are called there."""
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.name, attribute.g
        elif attribute.type == onnx.AttributeProto.GRAPHS:
            yield from ((attribute.name, graph) for graph in attribute.graphs)


def all_graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and, after it, every graph nested in it."""
    yield graph
    for node in graph.node:
        for _, body in subgraphs(node):
            yield from all_graphs(body)


def _nodes_with_prefix(
    graph: onnx.GraphProto, prefix: str = ""
) -> Iterator[tuple[onnx.NodeProto, str]]:
    """Every node, and the name of the body that it lies in, empty at the top.

    A body's name starts with the name of its node, which is read after the
    caller has had the chance to set it.
    """
    for node in graph.node:
        yield node, prefix
        for name, body in subgraphs(node):
            yield from _nodes_with_prefix(body, f"{node.name}/{name}")


def name_nodes(graph: onnx.GraphProto) -> None:
    """Gives every node a name that no other node has.

    Node names become layer names, which recipes match: they must exist, and
    must be the same on every import. A node without one is called by its
    operator and its place among the nodes of that operator.
    """
    nodes = [node for part in all_graphs(graph) for node in part.node]
    taken = {node.name for node in nodes if node.name}
    seen: set[str] = set()
    counts: dict[str, int] = {}
    for node, prefix in _nodes_with_prefix(graph):
        stem = node.name or f"{prefix}/{node.op_type}"
        name = stem
        while name in seen or (not node.name and name in taken):
            counts[stem] = counts.get(stem, 0) + 1
            name = f"{stem}_{counts[stem]}"
        node.name = name
        seen.add(name)


def _all_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    for part in all_graphs(graph):
        yield from part.initializer
        for node in part.node:
            yield from (a.t for a in node.attribute if a.HasField("t"))


def external_files(graph: onnx.GraphProto, directory: Path) -> set[Path]:
    """The files that hold data of the graph's tensors."""
    return {
        external_path(tensor, directory)
        for tensor in _all_tensors(graph)
        if uses_external_data(tensor)
    }


def load_small_tensors(graph: onnx.GraphProto, directory: Path) -> None:
    """Puts the bytes of what stays in the graph where torch-mlir reads them.

    Tensors in external files are read into the graph, and those that are
    spelled as lists of numbers become raw bytes: torch-mlir knows only some
    element types in that form.
    """
    for tensor in _all_tensors(graph):
        if uses_external_data(tensor):
            tensor.raw_data = map_external(tensor, directory).tobytes()
            tensor.data_location = onnx.TensorProto.DEFAULT
            del tensor.external_data[:]
        if tensor.data_type not in _WHOLE_BYTES:
            continue
        array = to_array(tensor)
        if not tensor.HasField("raw_data"):
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
