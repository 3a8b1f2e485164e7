# ===- progress.py - what the importer says while it works ----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Progress on stderr: coloured on a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """Reports steps and warnings; `quiet` silences the steps alone."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Shows `what` while the block runs, and the time it took after."""
        if self._quiet:
            yield
            return
        start = time.perf_counter()
        if self._console.is_terminal:
            with self._console.status(escape(what)):
                yield
        else:
            yield
        seconds = time.perf_counter() - start
        self._console.print(f"{escape(what)} [dim]{seconds:.2f} s[/dim]")

    def note(self, text: str) -> None:
        """One line of information."""
        if not self._quiet:
            self._console.print(escape(text), style="dim")

    def warning(self, text: str) -> None:
        """One line that a quiet run shows too."""
        self._console.print(f"[yellow]warning:[/yellow] {escape(text)}")

    def error(self, text: str) -> None:
        """The reason why nothing was written."""
        self._console.print(f"[red]error:[/red] {escape(text)}")
