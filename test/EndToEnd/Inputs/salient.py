# ===- salient.py - a model with 1 % salient channels ----------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`salient.py make DIRECTORY` writes weights of salient.mlir, and inputs: samples to
calibrate on, and others with what comes out.

`salient.py gain DIRECTORY RESULTS BETTER LEAST` ends with an error unless the
outputs in the file BETTER have a signal-to-noise ratio that is LEAST dB above that
of the file RESULTS. Of the output `a`: the other has ReLU between its layers.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(1)


def normal(*shape):
    return random.normal(0, 1, shape).astype(np.float32)


def make(out):
    out.mkdir(parents=True, exist_ok=True)
    # The bias makes hidden channels different, so that the last layer is scaled, too.
    weights = {
        "gamma": np.ones(1024, np.float32),
        "beta": 0.1 * normal(1024),
        "a.weight": normal(1024, 64),
        "b.weight": normal(64, 1024),
        "b.bias": 300 * normal(64),
        "c.weight": normal(64, 32),
    }
    weights["gamma"][50::100] = 50
    save_file(weights, out / "weights.safetensors")
    gamma, beta, a, b, bias, c = weights.values()
    np.savez(out / "calibration.npz", x=normal(256, 1024))
    x = normal(256, 1024)
    n = x * gamma + beta
    np.savez(out / "in.npz", x=x)
    np.savez(out / "out.npz", a=n @ a, c=np.maximum(n @ b.T + bias, 0) @ c)


def gain(out, results, better, least):
    reference = np.load(out / "out.npz")["a"].astype(np.float64)

    def sqnr(file):
        error = np.load(out / file)["a"] - reference
        return 10 * np.log10((reference**2).sum() / (error**2).sum())

    before, after = sqnr(results), sqnr(better)
    print(f"{results} {before:.2f} dB, {better} {after:.2f} dB")
    if not after >= before + float(least):
        sys.exit(f"{better} gains {after - before:.2f} dB, less than {least}")


{"make": make, "gain": gain}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
