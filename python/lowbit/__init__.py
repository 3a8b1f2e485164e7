# ===- __init__.py - the lowbit package ------------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Lowbit, the quantization layer for MLIR: its Python side."""

import pkgutil

# Compiled modules (lowbit.numerics) lie in python/lowbit of a build or an
# installation: whatever "lowbit" there is on the path is one package.
__path__ = pkgutil.extend_path(__path__, __name__)

__version__ = "0.1.0"
