# ===- bound.py - how far results may move when factors are folded ---------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`bound.py make DIRECTORY` writes the weights and inputs of run-bound.mlir;
`bound.py check DIRECTORY BEFORE AFTER` compares results by (C134)."""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

K, N, ROWS = 64, 48, 100
# The factors in the model.
C, F = np.float64(0.3), np.float64(7.7)


def make(out):
    random = np.random.default_rng(1)

    def normal(*shape):
        return random.normal(0, 1, shape).astype(np.float32)

    out.mkdir(parents=True, exist_ok=True)
    weights = {"gamma": normal(K), "beta": normal(K), "w": normal(K, N), "b": normal(N)}
    save_file(weights, out / "w.safetensors")
    np.savez(out / "in.npz", x=normal(ROWS, K))


def check(out, before, after):
    weights = load_file(out / "w.safetensors")
    gamma, beta, w, b = (np.abs(t.astype(np.float64)) for t in map(weights.get, ("gamma", "beta", "w", "b")))
    x = np.abs(np.load(out / "in.npz")["x"].astype(np.float64))
    terms = F * ((C * (x * gamma + beta)) @ w + b)
    roundings = (K + 6 + 2) * 2.0**-24
    bound = 2 * roundings / (1 - roundings) * terms
    before, after = (np.load(out / f)["y"].astype(np.float64) for f in (before, after))
    share = (np.abs(before - after) / bound).max()
    print(f"largest difference {np.abs(before - after).max():.3g}, {share:.3g} of the bound")
    if not 0 < share <= 1:
        sys.exit("nothing changed, or too much")


{"make": make, "check": check}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
