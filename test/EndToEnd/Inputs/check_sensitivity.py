# ===- check_sensitivity.py - measured errors beside numpy's ---------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`check_sensitivity.py KIND DIRECTORY FILE.json` computes with numpy what
quant-run --sensitivity has to find for the model and inputs that make_tensors.py
wrote, in the encodings int8 and float, and compares.

`check_sensitivity.py --prediction RESULTS.json REPORT.json` compares the SQNR of
results (quant-run --compare --json) with the one predicted in a report.
`check_sensitivity.py --less FILE.json A B` checks that every weight loses less in A.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


def int8(weight):
    """Symmetric, a scale for each row, which are summed over along axis 1."""
    weight = weight.astype(np.float32)
    scales = (np.abs(weight).max(axis=1, keepdims=True) / np.float32(127)).astype(
        np.float32
    )
    return np.clip(np.rint(weight / scales), -127, 127).astype(np.float32) * scales


def linear(tensors, inputs):
    w1, b1, w2 = (
        tensors[name].astype(np.float64)
        for name in ("fc1.weight", "fc1.bias", "fc2.weight")
    )
    return np.maximum(inputs["x"] @ w1.T + b1, 0) @ w2.T


def tied(tensors, inputs):
    table = tensors["wte.weight"].astype(np.float64)
    return np.tanh(table[inputs["ids"]]) @ table.T


MODELS = {
    "linear": (linear, {"fc1.weight": ["fc1"], "fc2.weight": ["fc2"]}),
    "tied": (tied, {"wte.weight": ["wte", "wte_1"]}),
}


def noise(actual, expected):
    return float(((actual - expected) ** 2).sum() / (expected**2).sum())


def check(what, actual, expected, tolerance=0.0):
    print(f"{what}: {actual}, expected {expected}")
    if not abs(actual - expected) <= tolerance * abs(expected):
        sys.exit(f"{what} is wrong")


def check_measurements(kind, directory, path):
    compute, weights = MODELS[kind]
    tensors = load_file(directory / "weights.safetensors")
    with np.load(directory / "in.33.npz") as file:
        inputs = {name: file[name] for name in file.files}
    expected = compute(tensors, inputs)
    measured = json.loads(path.read_text())
    of_outputs = measured["measure"] == "outputs"
    check("runs", measured["runs"], 2 if of_outputs else 0)
    if of_outputs:
        (output,) = measured["outputs"]
        check("energy", output["energy"], float((expected**2).sum()), 1e-5)
    by_layers = {tuple(entry["layers"]): entry for entry in measured["weights"]}
    for (name, layers), entry in zip(weights.items(), measured["weights"]):
        entry = by_layers[tuple(layers)]
        weight = tensors[name]
        if entry["shape"] != list(weight.shape) or entry["axis"] != 1:
            sys.exit(f"{name}: {entry['shape']}, axis {entry['axis']}")
        eight, plain = entry["options"]
        check(f"{name} bytes", eight["bytes"], weight.size + 4 * len(weight))
        check(f"{name} float bytes", plain["bytes"], weight.nbytes)
        check(f"{name} float error", plain["error"], 0)
        changed = tensors | {name: int8(weight)}
        error = (
            noise(compute(changed, inputs), expected)
            if of_outputs
            else noise(changed[name].astype(np.float64), weight.astype(np.float64))
        )
        check(f"{name} error", eight["error"], error, 1e-3)
    check("weights", len(measured["weights"]), len(weights))


def check_prediction(results, report):
    (comparison,) = json.loads(results.read_text())["compare"]
    (taken,) = (p for p in json.loads(report.read_text())["tradeoff"] if p["taken"])
    actual, predicted = comparison["sqnr_db"], taken["predicted_sqnr_db"]
    print(f"SQNR {actual:.2f} dB, predicted {predicted:.2f}")
    if not abs(actual - predicted) < 1:
        sys.exit("the prediction is wrong")


def check_less(path, better, worse):
    for weight in json.loads(path.read_text())["weights"]:
        errors = {o["candidate"]: o["error"] for o in weight["options"]}
        print(weight["layers"], errors)
        if not errors[better] < errors[worse]:
            sys.exit(f"{better} loses more than {worse}")


if __name__ == "__main__":
    if sys.argv[1] == "--prediction":
        check_prediction(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1] == "--less":
        check_less(Path(sys.argv[2]), *sys.argv[3:])
    else:
        check_measurements(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
