# ===- lower.py - from the prepared graph to IR text ----------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Lowers the prepared graph in a child process, and finds what crashes there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import onnx

from .assertions import (
    drop_repeated_assertions,
    name_assertions,
    remaining_assertions,
)
from .errors import ImportFailure
from .globals import arguments_to_globals
from .isolate import Crash, run_isolated
from .to_linalg import lower_to_linalg


def lower(
    model: onnx.ModelProto, function: str, weights: Sequence[str], path: Path
) -> Counter[str]:
    """Lowers the model and writes its IR, with locations, to `path`.

    `weights` are the graph inputs that become external globals. Returns the
    run-time assertions that are left, by message.
    """
    lifted = set(weights)
    inputs = [value.name for value in model.graph.input if value.name not in lifted]
    outputs = [value.name for value in model.graph.output]

    def work() -> Counter[str]:
        module = lower_to_linalg(model, function)
        arguments_to_globals(module, function, inputs, weights, outputs)
        drop_repeated_assertions(module)
        assertions = remaining_assertions(module)
        name_assertions(module)
        text = module.operation.get_asm(enable_debug_info=True)
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ImportFailure(f"cannot write the IR: {error}") from error
        return assertions

    try:
        return run_isolated(work)
    except Crash as crash:
        node = _find_crashing_node(model)
        if node is None:
            raise
        raise ImportFailure(
            f"{crash} in operator '{node.op_type}' of node '{node.name}'"
        ) from crash


def _find_crashing_node(model: onnx.ModelProto) -> onnx.NodeProto | None:
    """The first node that alone, too, takes the process down.

    One node is tried for each operator; None means that it takes several.
    """
    graph = model.graph
    values = {v.name: v for v in (*graph.value_info, *graph.input, *graph.output)}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    tried: set[tuple[str, str]] = set()
    for node in graph.node:
        operator = (node.domain, node.op_type)
        if operator in tried or any(
            a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
            for a in node.attribute
        ):
            continue
        tried.add(operator)
        operands = sorted(set(node.input) - {""})
        single = onnx.helper.make_model(
            onnx.helper.make_graph(
                [node],
                "probe",
                [values[n] for n in operands if n in values],
                [values[n] for n in node.output if n in values],
                [constants[n] for n in operands if n in constants],
            ),
            opset_imports=model.opset_import,
            ir_version=model.ir_version,
        )
        try:
            run_isolated(lambda: str(lower_to_linalg(single, "probe"))[:0])
        except Crash:
            return node
        except Exception:
            # What fails in good order is not what is looked for.
            continue
    return None
