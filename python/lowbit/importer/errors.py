# ===- errors.py - what the importer says when it cannot ------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The one exception type that the importer raises for bad input."""

from lowbit.failure import Failure


class ImportFailure(Failure):
    """The model cannot be imported; the text says why and, if known, where."""
