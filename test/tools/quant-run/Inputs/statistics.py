"""Compares a file of statistics with what numpy makes of the same rows.

statistics.py FILE ROWS.npz [--gram]   ROWS holds, by layer, arrays of [rows, channels]
"""

import sys

import numpy as np
from safetensors import safe_open


def check(name, actual, expected):
    if actual.shape != expected.shape or not np.array_equal(actual, expected):
        sys.exit(f"{name}: {actual}, not {expected}")


def main():
    path, rows_path, *flags = sys.argv[1:]
    expected = np.load(rows_path)
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    assert metadata["lowbit.statistics"] == "1", metadata
    inputs = [group.split("\n") for group in metadata["lowbit.layers"].strip().split("\n\n")]
    assert sorted(layer for group in inputs for layer in group) == sorted(expected), inputs
    for layers in inputs:
        x = expected[layers[0]].astype(np.float64)
        for layer in layers:
            check(layer, expected[layer].astype(np.float64), x)

        def tensor(kind):
            return tensors.pop(f"{layers[0]}/{kind}")

        check(layers, tensor("rows"), np.array(len(x)))
        check(layers, tensor("minimum"), x.min(0).astype(np.float32))
        check(layers, tensor("maximum"), x.max(0).astype(np.float32))
        # The rows are small integers: every sum is exact.
        check(layers, tensor("sum"), x.sum(0))
        check(layers, tensor("sum_of_magnitudes"), np.abs(x).sum(0))
        check(layers, tensor("sum_of_squares"), (x * x).sum(0))
        check(layers, tensor("range"), np.array([x.min(), x.max()], np.float32))
        exponent = np.frexp(np.abs(x).max())[1]
        edges = np.arange(-4096, 4097) * 2.0**exponent / 4096
        # A bin below zero is open at the side of zero, all others at the other side.
        negative = np.histogram(-x[x < 0], -edges[4096::-1])[0][::-1]
        positive = np.histogram(x[x >= 0], edges[4096:])[0]
        check(layers, tensor("histogram"), np.concatenate([negative, positive]))
        if "--gram" in flags:
            gram = x.T @ x
            check(layers, tensor("second_moments"), gram[np.triu_indices(len(gram))])
        print("+".join(layers), f"{x.shape[0]}x{x.shape[1]}", "agrees")
    assert not tensors, list(tensors)


if __name__ == "__main__":
    main()
