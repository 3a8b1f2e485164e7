# ===- run_model.py - a real ONNX model beside ONNX Runtime ----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`run_model.py MODEL DIRECTORY`, MODEL being an ONNX file or the folder in
site-packages that holds one, imports a text model with its batch and
sequence open, and runs it at several sizes, in f32 and quantized by every
recipe. Ends with an error where results in f32 are further from ONNX Runtime's,
or quantized ones from the reference lowering's, than the order of additions
explains, or where recipes lose more than they may.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import onnxruntime

# Least cosine of each recipe for tokens drawn at random: the mean over many that
# have nothing in common is small, and errors beside it large. What recipes lose on
# sentences is the example's test.
RECIPES = {
    "int8": 0.98,
    "int8-dynamic": 0.95,
    "int4-g128": 0.7,
    "int4-g32-sym": 0.7,
    "nf4-g64": 0.7,
}
SIZES = ((1, 1), (2, 7), (3, 128))


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def feed(session, batch, length):
    random = np.random.default_rng(batch * length)
    mask = (np.arange(length) < length - np.arange(batch)[:, None]).astype(np.int64)
    mask[:, 0] = 1
    values = {
        "input_ids": random.integers(1000, 28000, (batch, length)),
        "attention_mask": mask,
        "token_type_ids": np.zeros((batch, length), np.int64),
    }
    return {port.name: values[port.name] for port in session.get_inputs()}


def cosine(a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    return a @ b / np.sqrt((a @ a) * (b @ b))


def compare(model, weights, runs, out, check):
    for size, (inputs, expected) in runs.items():
        results = out / "results.npz"
        run("quant-run", model, f"--weights={weights}", "--fail-on-fallback",
            f"--input={inputs}", f"--output={results}")  # fmt: skip
        with np.load(results) as actual:
            for name, value in expected.items():
                check(f"{model.name} {size} {name}", actual[name], value)


def check_f32(what, actual, expected):
    error = np.abs(actual - expected).max()
    print(f"{what}: largest error {error:.3g}", flush=True)
    if not error <= 1e-4:
        sys.exit(f"{what}: too far from ONNX Runtime")


def main():
    onnx_file, out = Path(sys.argv[1]), Path(sys.argv[2])
    if onnx_file.suffix != ".onnx":
        folder = Path(sysconfig.get_paths()["purelib"]) / onnx_file
        (onnx_file,) = folder.rglob("*.onnx")
    out.mkdir(parents=True, exist_ok=True)
    session = onnxruntime.InferenceSession(onnx_file)
    names = [port.name for port in session.get_outputs()]
    runs = {}
    for batch, length in SIZES:
        inputs = out / f"in.{batch}x{length}.npz"
        values = feed(session, batch, length)
        np.savez(inputs, **values)
        expected = dict(zip(names, session.run(None, values)))
        runs[f"{batch}x{length}"] = (inputs, expected)

    model, weights = out / "f32.mlir", out / "f32.safetensors"
    run(sys.executable, "-m", "lowbit.importer", "--quiet", onnx_file,
        "-o", model, "--weights", weights)  # fmt: skip
    compare(model, weights, runs, out, check_f32)
    for recipe, least in RECIPES.items():

        def check(what, actual, expected):
            value = cosine(actual, expected)
            print(f"{what}: cosine {value:.4f}", flush=True)
            if not value >= least:
                sys.exit(f"{what}: cosine below {least}")

        quantized = out / f"{recipe}.safetensors"
        target = out / f"{recipe}.mlir"
        options = f"recipe={recipe} weights={weights} output-weights={quantized}"
        run("quant-opt", model, f"--lowbit-quantize={options}", "-o", target)
        compare(target, quantized, runs, out, check)
        # Activations that are rounded to 8 bits may round to the next code.
        tolerance = 0.05 if recipe == "int8-dynamic" else 1e-4
        inputs, reference = runs["2x7"][0], out / "reference.npz"
        command = ("quant-run", target, f"--weights={quantized}", f"--input={inputs}")
        run(*command, "--lowering=decode", f"--output={reference}")
        run(*command, f"--compare={reference}", f"--tolerance={tolerance}")


if __name__ == "__main__":
    main()
