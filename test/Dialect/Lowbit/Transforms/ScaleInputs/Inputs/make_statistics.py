# ===- make_statistics.py - statistics of inputs of layers -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`make_statistics.py [--moments] FILE LAYERS=INPUTS...` writes a file of statistics.

INPUTS is an .npy file of rows, or a list of numbers such as `1,2,4`: the values of
one row. LAYERS is the layer that reads them, or several, joined by commas.
`--moments` adds the second moments X^T X, `--other-model` says that the model was
none that there is.
"""

import sys

import numpy as np
from safetensors.numpy import save_file

BINS = 4096


def histogram(values):
    """Counts in bins of equal width of a range that is a power of two."""
    largest = np.abs(values).max()
    exponent = np.frexp(largest)[1] if largest else 0
    places = np.floor(values * (BINS / 2.0**exponent)).astype(np.int64) + BINS
    return np.bincount(places.ravel(), minlength=2 * BINS).astype(np.int64)


def statistics(x, moments):
    x64 = x.astype(np.float64)
    result = {
        "rows": np.array(len(x), np.int64),
        "minimum": x.min(axis=0),
        "maximum": x.max(axis=0),
        "sum": x64.sum(axis=0),
        "sum_of_magnitudes": np.abs(x64).sum(axis=0),
        "sum_of_squares": (x64 * x64).sum(axis=0),
        "range": np.array([x.min(), x.max()], np.float32),
        "histogram": histogram(x64),
    }
    if moments:
        result["second_moments"] = (x64.T @ x64)[np.triu_indices(x.shape[1])]
    return result


def main(file, *inputs, moments=False, other_model=False):
    tensors, layers = {}, []
    for text in inputs:
        names, source = text.split("=")
        names = names.split(",")
        x = np.load(source) if source.endswith(".npy") else [source.split(",")]
        x = np.asarray(x, np.float32)
        layers.append("".join(name + "\n" for name in names))
        for key, value in statistics(x, moments).items():
            tensors[f"{names[0]}/{key}"] = value
    metadata = {"lowbit.statistics": "1", "lowbit.layers": "\n".join(layers)}
    if other_model:
        metadata["lowbit.model"] = "00000000-00000000"
    save_file(tensors, file, metadata)


if __name__ == "__main__":
    flags = {"--moments": "moments", "--other-model": "other_model"}
    arguments = [a for a in sys.argv[1:] if a not in flags]
    main(*arguments, **{name: flag in sys.argv for flag, name in flags.items()})
