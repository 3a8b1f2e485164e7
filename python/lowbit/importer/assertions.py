# ===- assertions.py - run-time checks that the import left ---------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Finds the run-time assertions that are left in imported IR."""

from __future__ import annotations

import re
from collections import Counter

from torch_mlir import ir
from torch_mlir.dialects import arith

from .errors import ImportFailure


def _is_false(value: ir.Value) -> bool:
    """Whether the value is the constant false."""
    owner = value.owner
    if not isinstance(owner, ir.Operation | ir.OpView):
        return False
    op = owner.opview if isinstance(owner, ir.Operation) else owner
    return isinstance(op, arith.ConstantOp) and not op.literal_value


def drop_repeated_assertions(module: ir.Module) -> None:
    """Removes assertions of conditions that an earlier one in the block asserts.

    Expects common subexpressions to be merged, so that equal conditions are one
    value.
    """
    repeated: list[ir.Operation] = []

    def visit(op: ir.Operation) -> ir.WalkResult:
        for region in op.regions:
            for block in region.blocks:
                asserted: list[ir.Value] = []
                for inner in block.operations:
                    if inner.operation.name != "cf.assert":
                        continue
                    condition = inner.operation.operands[0]
                    if condition in asserted:
                        repeated.append(inner.operation)
                    asserted.append(condition)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    for op in repeated:
        op.erase()


def remaining_assertions(module: ir.Module) -> Counter[str]:
    """How often each message is asserted at run time.

    With all dimensions fixed there are none; open dimensions leave checks that
    sizes agree, which only the inputs of a run can decide. An assertion that
    can never hold is an error: the model could not be run at all.
    """
    messages: Counter[str] = Counter()
    impossible: list[str] = []

    def visit(op: ir.Operation) -> ir.WalkResult:
        if op.name == "cf.assert":
            message = ir.StringAttr(op.attributes["msg"]).value
            messages[message] += 1
            if _is_false(op.operands[0]):
                impossible.append(f"{message} at {op.location}")
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    if impossible:
        raise ImportFailure(
            "the model cannot run with these dimensions; torch-mlir says: "
            + "; ".join(impossible)
        )
    return messages


def name_assertions(module: ir.Module) -> None:
    """Puts the name of the node that an assertion comes from in front of its message."""

    def visit(op: ir.Operation) -> ir.WalkResult:
        if op.name == "cf.assert":
            names = re.findall(r'"((?:[^"\\]|\\.)*)"', str(op.location))
            if names:
                message = ir.StringAttr(op.attributes["msg"]).value
                named = f"{names[0]}: {message}"
                op.attributes["msg"] = ir.StringAttr.get(named, module.context)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
