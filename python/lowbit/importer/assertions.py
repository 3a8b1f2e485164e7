# ===- assertions.py - run-time checks that the import left ---------------=== #
#
# Part of the Lowbit project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Finds the run-time assertions that are left in imported IR."""

from __future__ import annotations

from collections import Counter

from torch_mlir import ir


def remaining_assertions(module: ir.Module) -> Counter[str]:
    """How often each message is asserted at run time.

    With all dimensions fixed there are none; open dimensions leave checks that
    sizes agree, which only the inputs of a run can decide.
    """
    messages: Counter[str] = Counter()

    def visit(op: ir.Operation) -> ir.WalkResult:
        if op.name == "cf.assert":
            messages[ir.StringAttr(op.attributes["msg"]).value] += 1
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return messages
