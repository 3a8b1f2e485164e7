# ===- to_linalg.py - torch-mlir, from ONNX to linalg ---------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Runs torch-mlir in this process: ONNX graph -> torch dialect -> linalg."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

import onnx
from torch_mlir import ir
from torch_mlir.dialects import torch as torch_dialect
from torch_mlir.extras import onnx_importer
from torch_mlir.passmanager import PassManager

from .errors import ImportFailure

PIPELINE = (
    "builtin.module("
    "torch-onnx-to-torch-backend-pipeline,"
    "torch-backend-to-linalg-on-tensors-backend-pipeline,"
    # Shape arithmetic: dimensions are not negative, which proves most of the
    # assertions on open ones. symbol-dce drops the random seed that the backend
    # pipeline declares whether it is used or not.
    "func.func(canonicalize,cse,int-range-optimizations,canonicalize,cse),"
    "symbol-dce)"
)


# What linalg on tensors is written in, and lowerings to loops take.
UPSTREAM_DIALECTS = frozenset(
    "affine arith bufferization builtin cf func linalg math ml_program scf "
    "tensor".split()
)


def _node_names(location: ir.Location) -> list[str]:
    """The quoted names in a location, outermost first."""
    return re.findall(r'"((?:[^"\\]|\\.)*)"', str(location))


def _first_words(diagnostic: ir.DiagnosticInfo) -> str:
    """The message up to the operation that it quotes."""
    return re.split(r": %| \(ops?: ", diagnostic.message.splitlines()[0])[0]


def _shorten(message: str) -> str:
    """The first line, and the name of the tensor that was printed after it."""
    name = re.search(r'^name: "(.*)"$', message, re.MULTILINE)
    first = re.split(r": \w+: ", message.splitlines()[0])[0]
    return f"{first} in tensor '{name[1]}'" if name else first


def _explain(error: ir.MLIRError, nodes: Sequence[onnx.NodeProto]) -> str:
    """Says which node of the model torch-mlir stopped at, and what it said."""
    by_name = {node.name: node for node in nodes}
    for diagnostic in error.error_diagnostics:
        for name in _node_names(diagnostic.location):
            if name in by_name:
                return (
                    f"torch-mlir cannot lower operator '{by_name[name].op_type}' "
                    f"of node '{name}': {_first_words(diagnostic)}"
                )
    said = [_first_words(d) for d in error.error_diagnostics]
    return f"torch-mlir failed: {'; '.join(said) or error}"


def _check_dialects(module: ir.Module, nodes: Sequence[onnx.NodeProto]) -> None:
    """Refuses operations that only torch-mlir itself has a meaning for."""
    foreign: list[ir.Operation] = []

    def check(operation: ir.Operation) -> ir.WalkResult:
        if operation.name.split(".")[0] in UPSTREAM_DIALECTS:
            return ir.WalkResult.ADVANCE
        foreign.append(operation)
        return ir.WalkResult.INTERRUPT

    # An exception from within the walk would come out as another.
    module.operation.walk(check, ir.WalkOrder.PRE_ORDER)
    if not foreign:
        return
    by_name = {node.name: node for node in nodes}
    sources = [by_name[n] for n in _node_names(foreign[0].location) if n in by_name]
    what = "torch-mlir leaves"
    if sources:
        what = (
            f"torch-mlir lowers operator '{sources[0].op_type}' of node "
            f"'{sources[0].name}' to"
        )
    raise ImportFailure(
        f"{what} '{foreign[0].name}', which linalg on tensors has no place for"
    )


def lower_to_linalg(model: onnx.ModelProto, function: str) -> ir.Module:
    """The model as one function of linalg on tensors, called `function`.

    The function's arguments are the graph's inputs in order; operations carry
    the names of the nodes they come from as locations.
    """
    model.graph.name = function
    context = ir.Context()
    torch_dialect.register_dialect(context)
    info = onnx_importer.ModelInfo(model)
    module = info.create_module(context=context)
    # Diagnostics travel with the exception instead of to stderr.
    context.emit_error_diagnostics = False
    try:
        with warnings.catch_warnings():
            # Values that shape inference knows nothing of: the pipeline names
            # the operator when it matters.
            warnings.simplefilter("ignore")
            importer = onnx_importer.NodeImporter.define_function(
                info.main_graph, module.operation
            )
            importer.import_all()
        with context:
            PassManager.parse(PIPELINE).run(module.operation)
    except ir.MLIRError as error:
        raise ImportFailure(_explain(error, model.graph.node)) from error
    except onnx_importer.OnnxImportError as error:
        raise ImportFailure(
            f"torch-mlir cannot read the graph: {_shorten(str(error))}"
        ) from error
    _check_dialects(module, model.graph.node)
    return module
