# ===- outliers.py - layers in two parts, as numpy computes them -----------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`outliers.py parts DIRECTORY STORED RESULTS` checks the output `a` of salient.mlir
against the sum of two products of what the file STORED holds.

`outliers.py sqnr DIRECTORY WHOLE SPLIT` checks that the signal-to-noise ratios of `a`
in both files are what the steps of the codes make them, within 1 dB: an error is spread
evenly over a step, so its mean square is a twelfth of that of the step.

`outliers.py report DIRECTORY STORED REPORT` checks the error of the outputs of `a` in
REPORT against products with the calibration inputs, which the layer reads once they are
divided by the factors of the weight, and where these are 0 not at all.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

out = Path(sys.argv[2])
weights = load_file(out / "weights.safetensors")
x = np.load(out / "in.npz")["x"]
exact = np.load(out / "out.npz")["a"].astype(np.float64)
LARGE = np.flatnonzero(weights["gamma"] != 1)


def parts(stored, results):
    file = load_file(out / stored)
    indices = file["a.weight.outliers.indices"]
    assert np.array_equal(indices, LARGE), indices
    rest = weights["gamma"].copy(), weights["beta"].copy()
    for values in rest:
        values[indices] = 0
    inputs = x * rest[0] + rest[1]
    scales = np.abs(inputs).max(axis=1, keepdims=True) / np.float32(127)
    codes = np.rint(inputs / scales).astype(np.int64)
    products = codes @ file["a.weight.codes"].view(np.int8).astype(np.int64)
    low = products.astype(np.float32) * file["a.weight.scales"] * scales.astype(np.float64)
    large = (x * weights["gamma"] + weights["beta"])[:, indices].astype(np.float64)
    half = file["a.weight.outliers.codes"].view(np.float16)
    assert np.array_equal(half, weights["a.weight"][indices].astype(np.float16))
    half = half.astype(np.float64)
    # Rounded once for each of the products in f16 and for the sum of the others.
    bound = (len(indices) + 2) * 2.0**-24 * (np.abs(low) + np.abs(large) @ np.abs(half))
    error = np.abs(np.load(out / results)["a"] - (low + large @ half))
    assert (error <= bound).all(), (error / bound).max()
    print("a is the sum of its parts")


def predict(channels):
    """The noise of products of int8 with these channels."""
    n = (x * weights["gamma"] + weights["beta"])[:, channels].astype(np.float64)
    w = weights["a.weight"][channels].astype(np.float64)
    steps = np.abs(n).max(axis=1) / 127, np.abs(w).max(axis=0) / 127
    return ((steps[0] ** 2).sum() * (w**2).sum() + (n**2).sum() * (steps[1] ** 2).sum()) / 12


def sqnr(whole, split):
    small = np.setdiff1d(np.arange(x.shape[1]), LARGE)
    ratios = []
    for file, channels in ((whole, np.arange(x.shape[1])), (split, small)):
        error = np.load(out / file)["a"] - exact
        measured, expected = (
            10 * np.log10((exact**2).sum() / noise)
            for noise in ((error**2).sum(), predict(channels))
        )
        print(f"{file} {measured:.2f} dB, expected {expected:.2f}")
        assert abs(measured - expected) <= 1
        ratios.append(measured)
    print(f"gain {ratios[1] - ratios[0]:.1f} dB")


def report(stored, path):
    file = load_file(out / stored)
    seen = np.load(out / "calibration.npz")["x"] * weights["gamma"] + weights["beta"]
    factors = file["a.weight.factors.0"].astype(np.float64)[:, None]
    decoded = file["a.weight.codes"].view(np.int8) * file["a.weight.scales"].astype(np.float64)
    read = factors[:, 0] != 0
    w = weights["a.weight"][read].astype(np.float64)
    seen = seen[:, read].astype(np.float64)
    noise = seen @ (decoded[read] / factors[read] - w)
    expected = 10 * np.log10(((seen @ w) ** 2).sum() / (noise**2).sum())
    layers = json.loads((out / path).read_text(encoding="utf-8"))["layers"]
    (layer,) = (layer for layer in layers if layer["name"] == "a")
    found = layer["output_sqnr_db"]
    print(f"{path}: outputs {found:.3f} dB, expected {expected:.3f}")
    assert abs(found - expected) <= 0.001


{"parts": parts, "sqnr": sqnr, "report": report}[sys.argv[1]](*sys.argv[3:])
