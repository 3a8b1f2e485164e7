# ===- failure.py - what a command says when it cannot --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The exception that the commands of this package raise for bad input."""

from __future__ import annotations

import sys
from collections.abc import Callable


class Failure(Exception):
    """The command cannot go on; the text says why and, if known, where."""


def run_command(command: Callable[[], None]) -> int:
    """Runs `command`; a Failure is one line on stderr. Gives the exit status."""
    try:
        command()
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # A reader such as head has seen enough; nothing is left to flush.
        sys.stdout = None
    return 0
