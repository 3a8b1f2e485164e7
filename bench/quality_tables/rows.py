# ===- rows.py - a measured value beside its reference --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""A measured value beside its reference."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`value` is within `tolerance` of `reference`, or with `at_least` not below it
    by more than that. Without a reference it is only shown."""

    case: str
    metric: str
    value: float
    reference: float | None = None
    tolerance: float = 0.0
    at_least: bool = False

    def holds(self) -> bool:
        if self.reference is None:
            return True
        below = self.reference - self.value
        return (below if self.at_least else abs(below)) <= self.tolerance

    def as_object(self) -> dict:
        return {
            "case": self.case,
            "metric": self.metric,
            "value": self.value,
            "reference": self.reference,
        }

    def __str__(self) -> str:
        text = f"{self.case:<44} {self.metric:<10} {self.value:>10.2f}"
        if self.reference is None:
            return text
        sign = ">=" if self.at_least else f"+-{self.tolerance:.2f}"
        verdict = "" if self.holds() else "  MISSED"
        return f"{text}   reference {self.reference:.2f} {sign}{verdict}"
