# ===- tables.py - how estimates are shown --------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Numbers with their units, and tables of them."""

from __future__ import annotations

import json
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

UNITS = {
    "GB": 10**9, "GiB": 2**30, "MB": 10**6, "MiB": 2**20, "KB": 10**3, "KiB": 2**10,
}  # fmt: skip


def size_text(size: float, unit: str, digits: int = 2) -> str:
    return f"{size / UNITS[unit]:.{digits}f}"


def fitting_unit(size: float) -> str:
    """The largest unit of memory of which there is a tenth."""
    return next((u for u in ("GiB", "MiB") if size >= UNITS[u] / 10), "KiB")


def size_both(size: float) -> str:
    """In the units of disks and of memory."""
    letter = "G" if size >= 10**8 else "M" if size >= 10**5 else "K"
    units = (f"{letter}B", f"{letter}iB")
    return " = ".join(f"{size_text(size, unit)} {unit}" for unit in units)


class Output:
    """Collects tables and lines; prints them, or all as JSON."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._data: dict[str, object] = {}
        # Tables keep their width in a pipe: what is cut off is lost.
        width = None if sys.stdout.isatty() else 120
        self._console = Console(highlight=False, soft_wrap=True, width=width)

    def add(self, key: str, value: object) -> None:
        self._data[key] = value

    def line(self, text: str = "") -> None:
        if not self._json:
            self._console.print(escape(text))

    def table(self, title: str, columns: list[str], rows: list[list[str]]) -> None:
        """The first column is text, the others stand right; "~" in front: left."""
        if self._json:
            return
        table = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
        for number, column in enumerate(columns):
            left = number == 0 or column.startswith("~")
            justify = "left" if left else "right"
            table.add_column(escape(column.lstrip("~")), justify=justify, no_wrap=not left)
        for row in rows:
            table.add_row(*map(escape, row))
        self._console.print(table)
        self._console.print()

    def finish(self) -> None:
        if self._json:
            json.dump(self._data, sys.stdout, indent=2)
            sys.stdout.write("\n")
