# ===- steps.py - what the comparison is doing ----------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Progress: a bar on a terminal, a line for each step in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn


class Steps:
    """Says which of `total` steps is going on."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console, transient=True,
        )
        self._task = self._bar.add_task("", total=total)

    @contextmanager
    def shown(self) -> Iterator[None]:
        if self._console.is_terminal:
            with self._bar:
                yield
        else:
            yield

    def begin(self, what: str) -> None:
        """Starts a step; the one before is done."""
        if self._console.is_terminal:
            self._bar.update(self._task, description=what, completed=self._done)
        else:
            count = f"[{self._done + 1}/{self._total}]"
            self._console.print(f"{count} {what}", markup=False, highlight=False)
        self._done += 1
