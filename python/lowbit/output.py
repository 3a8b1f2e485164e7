# ===- output.py - files that are whole or absent -------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Writes output files beside their places and renames them when complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .failure import Failure


class OutputFiles:
    """Output files that appear together, or not at all.

    `reserve` gives a temporary path beside each final one, on the same file
    system, so that the renames in `commit` cannot fail half way for want of
    space.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[Path, Path]] = []
        self._inputs: set[Path] = set()

    def protect(self, path: Path) -> None:
        """Refuses to replace a file that is being read."""
        self._inputs.add(path.resolve())
        for _, output in self._pending:
            self._check_input(output)

    def _check_input(self, output: Path) -> None:
        if output.resolve() in self._inputs:
            raise Failure(
                f"cannot write '{output}': that file is being read"
            )

    def reserve(self, path: Path) -> Path:
        """A new empty file beside `path`; fails now if it cannot be written."""
        if path.is_dir():
            raise Failure(f"cannot write '{path}': it is a directory")
        self._check_input(path)
        if path.resolve() in (other.resolve() for _, other in self._pending):
            raise Failure(f"cannot write two outputs to '{path}'")
        try:
            handle, name = tempfile.mkstemp(
                prefix=f".{path.name}.", dir=path.parent or Path(".")
            )
        except OSError as error:
            raise Failure(f"cannot write '{path}': {error.strerror}") from error
        os.close(handle)
        self._pending.append((Path(name), path))
        return Path(name)

    def commit(self) -> None:
        """Renames every temporary file to its final path."""
        # Temporary files are private; outputs follow the user's umask.
        mask = os.umask(0)
        os.umask(mask)
        while self._pending:
            temporary, path = self._pending[0]
            try:
                temporary.chmod(0o666 & ~mask)
                temporary.replace(path)
            except OSError as error:
                raise Failure(
                    f"cannot write '{path}': {error.strerror}"
                ) from error
            self._pending.pop(0)

    def discard(self) -> None:
        """Removes the temporary files that were not committed."""
        with ExitStack() as stack:
            for temporary, _ in self._pending:
                stack.callback(temporary.unlink, missing_ok=True)
        self._pending.clear()


@contextmanager
def output_files() -> Iterator[OutputFiles]:
    """Commits the files if the block succeeds, discards them otherwise."""
    files = OutputFiles()
    try:
        yield files
        files.commit()
    finally:
        files.discard()
