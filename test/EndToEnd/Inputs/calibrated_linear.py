# ===- calibrated_linear.py - linear.mlir with statistics -------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`calibrated_linear.py make DIRECTORY` writes weights, statistics of both layers' inputs
on 600 rows whose channels are correlated, and further rows with what numpy makes of them.

`calibrated_linear.py check DIRECTORY LEAST BETTER WORSE`: that the output of BETTER.npz has
a higher SQNR than that of WORSE.npz, by at least LEAST dB.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from statistics_file import save, statistics

RANDOM = np.random.default_rng(5)


def rows(count):
    """Combinations of a few directions, and a little of all others."""
    directions = np.random.default_rng(6).normal(0, 1, (12, 80))
    x = RANDOM.normal(0, 1, (count, 12)) @ directions + RANDOM.normal(0, 0.1, (count, 80))
    return x.astype(np.float32)


def make(directory):
    directory.mkdir(parents=True, exist_ok=True)
    w1, b1, w2 = (RANDOM.normal(0, 1, shape).astype(np.float32) for shape in ((72, 80), 72, (24, 72)))
    save_file({"fc1.weight": w1, "fc1.bias": b1, "fc2.weight": w2}, directory / "weights.safetensors")
    x = rows(600)
    hidden = np.maximum(x @ w1.T + b1, 0)
    save(
        directory / "statistics.safetensors",
        ("fc1", statistics("fc1", x)),
        ("fc2", statistics("fc2", hidden)),
    )
    x = rows(200)
    np.savez(directory / "in.npz", x=x)
    np.savez(directory / "out.npz", y=np.maximum(x @ w1.T + b1, 0) @ w2.T)


def check(directory, least, *names):
    exact = np.load(directory / "out.npz")["y"].astype(np.float64)

    def sqnr(name):
        error = np.load(directory / f"{name}.npz")["y"] - exact
        return 10 * np.log10(np.sum(exact**2) / np.sum(error**2))

    better, worse = (sqnr(name) for name in names)
    print(f"{names[0]} {better:.2f} dB, {names[1]} {worse:.2f} dB")
    if not better >= worse + float(least):
        sys.exit(f"{names[0]} is not {least} dB better than {names[1]}")


if __name__ == "__main__":
    out = Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(out)
    else:
        check(out, *sys.argv[3:])
