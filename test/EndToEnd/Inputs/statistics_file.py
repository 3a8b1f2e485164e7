# ===- statistics_file.py - statistics of inputs for tests ------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Statistics of layers' inputs, computed by numpy and stored as docs/calibration.md says."""

import numpy as np
from safetensors.numpy import save_file

BINS = 4096


def histogram(x):
    end = 2.0 ** (np.floor(np.log2(np.abs(x).max())) + 1)
    places = np.floor(x.astype(np.float64).ravel() / (end / BINS)).astype(np.int64) + BINS
    return np.bincount(places, minlength=2 * BINS).astype(np.int64)


def statistics(name, x, moments=True):
    """Those of the f32 rows `x`, the input of the layer `name`."""
    wide = x.astype(np.float64)
    tensors = {
        "rows": np.array(len(x), np.int64),
        "minimum": x.min(0),
        "maximum": x.max(0),
        "sum": wide.sum(0),
        "sum_of_magnitudes": np.abs(wide).sum(0),
        "sum_of_squares": (wide * wide).sum(0),
        "range": np.array([x.min(), x.max()], np.float32),
        "histogram": histogram(x),
    }
    if moments:
        gram = wide.T @ wide
        tensors["second_moments"] = gram[np.triu_indices(len(gram))]
    return {f"{name}/{key}": value for key, value in tensors.items()}


def save(path, *inputs):
    """Writes a file of pairs of a layer's name and what `statistics` gives."""
    tensors = {key: value for _, part in inputs for key, value in part.items()}
    names = "\n\n".join(name for name, _ in inputs)
    save_file(tensors, path, metadata={"lowbit.statistics": "1", "lowbit.layers": names})
