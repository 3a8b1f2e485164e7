# ===- raise_model.py - attention of a real ONNX model --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`raise_model.py MODEL DIRECTORY`, MODEL being an ONNX file or the folder in
site-packages that holds one, imports a text model with its batch and sequence
open, raises its attention, and compares what both compute from a short input; then
the same with the kernels for a GPU, on the emulator."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import onnx


def run(*command):
    print(end="", flush=True)
    subprocess.run([str(part) for part in command], check=True)


def main():
    onnx_file, out = Path(sys.argv[1]), Path(sys.argv[2])
    if onnx_file.suffix != ".onnx":
        folder = Path(sysconfig.get_paths()["purelib"]) / onnx_file
        (onnx_file,) = folder.rglob("*.onnx")
    model, raised, weights = out / "m.mlir", out / "raised.mlir", out / "w.safetensors"
    run(sys.executable, "-m", "lowbit.importer", "--quiet", onnx_file, "-o", model,
        "--weights", weights)  # fmt: skip
    clean = ["--canonicalize", "--cse"]
    run("quant-opt", model, "--lowbit-normalize-contractions", *clean,
        "--lowbit-raise-attention", *clean, "-o", raised)  # fmt: skip
    text = raised.read_text()
    attentions = [x for x in text.splitlines() if "lowbit.attention" in x]
    for line in attentions:
        print(line.split("lowbit.attention")[1])
    products = text.count("linalg.batch_matmul")
    print(f"{len(attentions)} attentions, {products} products of activations")
    values = {
        "input_ids": np.arange(2000, 2022).reshape(2, 11),
        "attention_mask": (np.arange(11) < [[11], [6]]).astype(np.int64),
        "token_type_ids": np.zeros((2, 11), np.int64),
    }
    graph = onnx.load(onnx_file, load_external_data=False).graph
    names = {value.name for value in graph.input}
    np.savez(out / "in.npz", **{n: x for n, x in values.items() if n in names})
    for path, option in ((model, "--output"), (raised, "--compare")):
        run("quant-run", path, f"--weights={weights}", f"--input={out / 'in.npz'}",
            f"{option}={out / 'out.npz'}",
            *(["--tolerance=1e-5"] if path == raised else []))  # fmt: skip
    # Attention rounds to f16 there, by 2**-11 of what an embedding of length 1 is.
    print("on the emulator of a GPU:")
    run("quant-run", model, f"--weights={weights}", f"--input={out / 'in.npz'}",
        "--device=emulator", "--attention-element=f16",
        f"--compare={out / 'out.npz'}", "--tolerance=0.0005")  # fmt: skip


main()
