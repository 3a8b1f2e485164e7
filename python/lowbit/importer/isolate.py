# ===- isolate.py - work that may take its process down -------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Runs work in a child process, so that its crash becomes an error message.

torch-mlir checks some of what it is given with assertions that end the process
(blocked DequantizeLinear is one). The child is a fork: it sees the model as it
stands, and only the finished text travels back.
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable
from typing import TypeVar

from .errors import ImportFailure

Result = TypeVar("Result")


class Crash(ImportFailure):
    """The child process died before it could answer."""


def _run_child(work: Callable[[], object], writer: int) -> None:
    """Sends (result, None) or (None, error) through the pipe."""
    try:
        outcome = (work(), None)
    except ImportFailure as error:
        outcome = (None, error)
    except BaseException:
        outcome = (None, RuntimeError(traceback.format_exc()))
    with os.fdopen(writer, "wb") as pipe:
        pickle.dump(outcome, pipe)


def _crash_report(status: int, said: bytes) -> str:
    lines = said.decode(errors="replace").splitlines()
    telling = [
        line
        for line in lines
        if "Assertion" in line or "LLVM ERROR" in line or "UNREACHABLE" in line
    ]
    code = os.waitstatus_to_exitcode(status)
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    text = f"torch-mlir crashed ({how})"
    return f"{text}: {telling[-1].strip()}" if telling else text


def run_isolated(work: Callable[[], Result]) -> Result:
    """The result of `work()`, computed in a child process.

    Raises the child's ImportFailure, or Crash if the child dies.
    """
    with tempfile.TemporaryFile() as said:
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            # The progress display has a thread; the child does not touch it.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                os.close(reader)
                os.dup2(said.fileno(), 2)
                _run_child(work, writer)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        said.seek(0)
        if not answer:
            raise Crash(_crash_report(status, said.read()))
    result, error = pickle.loads(answer)
    if error is not None:
        raise error
    return result
