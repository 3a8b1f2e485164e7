# ===- weights_file.py - the safetensors file -----------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Writes the lifted weights as safetensors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from .errors import ImportFailure
from .lift_weights import Weight


def write_weights(path: Path, weights: Sequence[Weight]) -> None:
    """Writes every weight under its name, in its own element type.

    The file's order (alignment, then name) is the format's own, so equal
    weights give equal bytes. No tensor is copied more than once on its way.
    """
    tensors = {w.name: np.ascontiguousarray(w.read()) for w in weights}
    try:
        save_file(tensors, path)
    except (OSError, SafetensorError) as error:
        raise ImportFailure(f"cannot write the weights: {error}") from error
