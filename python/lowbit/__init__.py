# ===- __init__.py - the lowbit package ------------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Lowbit, the quantization layer for MLIR: its Python side."""

__version__ = "0.1.0"
