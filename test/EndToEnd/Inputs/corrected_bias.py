# ===- corrected_bias.py - mean errors of outputs ---------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`corrected_bias.py make DIRECTORY` writes weights for corrected-bias.mlir, samples and
recipes. `corrected_bias.py check DIRECTORY`: that outputs shift without correction and do
not with it, and that reports say so.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

RULE = """version: 1
default: int3-g32
rules:
  - match: {}
    weight: int3-g32
    correct-bias: true
"""


def make(directory):
    directory.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(3)
    shapes = {"fc1.weight": (24, 64), "fc1.bias": 24, "fc2.weight": (16, 64), "conv.weight": (8, 64, 3, 3)}
    save_file(
        {name: random.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()},
        directory / "weights.safetensors",
    )
    means = random.normal(0, 2, 64)
    np.savez(directory / "in.npz", x=random.normal(means, 1, (50, 64)).astype(np.float32))
    (directory / "corrected.yaml").write_text(RULE)
    (directory / "scaled.yaml").write_text(RULE + "    scale-inputs: awq\n")


def check(directory):
    exact = np.load(directory / "f32.npz")
    shift, noise = {}, {}
    for name in ("plain", "corrected", "scaled"):
        given = np.load(directory / f"{name}.npz")
        for output in ("y1", "y2", "y3"):
            error = given[output].astype(np.float64) - exact[output]
            axes = tuple(axis for axis in range(error.ndim) if axis != 1)
            shift[name, output] = np.abs(error.mean(axes)).max()
            noise[name, output] = error.std()
    print(shift, noise)
    for output in ("y1", "y2", "y3"):
        assert shift["plain", output] > 0.5, output
        assert shift["corrected", output] < 1e-4 * noise["corrected", output], output
        assert shift["scaled", output] < 1e-4 * noise["scaled", output], output

    # The error of the outputs that reports give is that which was seen.
    squares = json.loads((directory / "squares.json").read_text())
    for name in ("plain", "corrected", "scaled"):
        given, report = np.load(directory / f"{name}.npz"), json.loads((directory / f"{name}.json").read_text())
        layers = {layer["name"]: layer for layer in report["layers"]}
        for layer, output in (("fc2", "y2"), ("conv", "y3")):
            told = layers[layer]
            assert told["bias_corrected"] == (name != "plain")
            signal = np.sum(exact[output].astype(np.float64) ** 2)
            error = np.sum((given[output].astype(np.float64) - exact[output]) ** 2)
            seen = 10 * np.log10(signal / error)
            assert told["output_error_from"] == "gram"
            assert abs(told["output_sqnr_db"] - seen) < 0.02, (name, layer, told, seen)
            if name == "corrected":
                # Means are known without X^T X; what is left is near to it.
                (rough,) = [x for x in squares["layers"] if x["name"] == layer]
                assert rough["output_error_from"] == "uncorrelated channels"
                assert abs(rough["output_sqnr_db"] - seen) < 1.5, (layer, rough, seen)


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](Path(sys.argv[2]))
