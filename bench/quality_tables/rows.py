# ===- rows.py - a measured value beside its reference --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""A measured value beside its reference."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`value` is within `tolerance` of `reference`; with a bound, ">=" or "<=", it may
    lie beyond it by that much only. Without a reference it is only shown."""

    case: str
    metric: str
    value: float
    reference: float | None = None
    tolerance: float = 0.0
    bound: str = ""
    #: Shown behind the reference.
    note: str = ""

    def holds(self) -> bool:
        if self.reference is None:
            return True
        above = self.value - self.reference
        distance = {">=": -above, "<=": above, "": abs(above)}[self.bound]
        return distance <= self.tolerance

    def as_object(self) -> dict:
        return {
            "case": self.case,
            "metric": self.metric,
            "value": self.value,
            "reference": self.reference,
        }

    def __str__(self) -> str:
        # What counts of a cosine is how much it lacks of 1.
        digits = 4 if self.metric == "cosine" else 2
        text = f"{self.case:<44} {self.metric:<10} {self.value:>10.{digits}f}"
        if self.reference is not None:
            rule = self.bound or f"+-{self.tolerance:.{digits}f}"
            text += f"   reference {self.reference:.{digits}f} {rule}"
        if self.note:
            text += f" ({self.note})"
        return text if self.holds() else text + "  MISSED"


def show(rows):
    """Prints rows as they come and gives them back: a list of Row."""
    shown = []
    for row in rows:
        print(f"  {row}", flush=True)
        shown.append(row)
    return shown


def finish(tables, path):
    """Writes {number of a table: its rows} as JSON, if there is a path, and says how
    many miss their reference; gives the exit status."""
    rows = [(number, row) for number, shown in tables.items() for row in shown]
    if path:
        objects = [{"table": number, **row.as_object()} for number, row in rows]
        partial = path.with_name(path.name + ".partial")
        partial.write_text(json.dumps(objects, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    missed = sum(not row.holds() for _, row in rows)
    print(f"{len(rows)} rows, {missed} miss their reference")
    return 1 if missed else 0
