# ===- encoder.py - what quantizing costs a sentence encoder --------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Embeddings of MiniLM by encoding and method. See encoder.md."""

import argparse
import pathlib
import tempfile

from common import draw_columns, print_table, save_plot

from networks import Case, asymmetric, each_granularity, measure

GRANULARITY = {
    "per tensor": "per tensor",
    "per channel": "per axis<1>",
    "g128": "per group<128> along 0",
    "g32": "per group<32> along 0",
}

#: Name: (method, scale-inputs).
METHODS = {
    "RTN": (None, None),
    "MSE": ("mse", None),
    "HQQ": ("hqq", None),
    "AWQ": ("awq", "awq"),
    "GPTQ as it lies": ("{name: gptq, activation_order: false}", None),
    "GPTQ": ("gptq", None),
    "AWQ, GPTQ": ("gptq", "awq"),
}


def granularity(options):
    return each_granularity(options.bits, GRANULARITY)


def methods(options):
    return [
        Case(f"int{bits} g128 {method}", asymmetric(bits, GRANULARITY["g128"]), "none", *how)
        for bits in (4, 3)
        for method, how in METHODS.items()
    ]


def activations(options):
    half, most = ("{method: smoothquant, alpha: %s}" % alpha for alpha in (0.5, 0.8))
    return [
        Case("W8A16", "int8"),
        Case("W8A8 per tensor", "int8", "int8-per-tensor"),
        Case("W8A8 per token", "int8", "int8-per-token"),
        Case("W8A8 per token asymmetric", "int8", "uint8-per-token"),
        Case("W8A8 per token SmoothQuant 0.5", "int8", "int8-per-token", None, half),
        Case("W8A8 per token SmoothQuant 0.8", "int8", "int8-per-token", None, most),
        Case("W8A8 static", "int8", "int8-per-tensor-static"),
        Case("W8A8 static p99.99", "int8", "int8-per-tensor-static-p99.99"),
        Case("W8A8 static entropy", "int8", "int8-per-tensor-static-entropy"),
        Case("W8A8 static asymmetric", "int8", "uint8-per-tensor-static"),
        Case("W8A8 static SmoothQuant 0.5", "int8", "uint8-per-tensor-static", None, half),
        Case("W8A8 static SmoothQuant 0.8", "int8", "uint8-per-tensor-static", None, most),
        Case("W4A16 GPTQ", "gptq-int4-g128"),
        Case("W4A8 GPTQ per token", "gptq-int4-g128", "int8-per-token"),
    ]


def sparsity(options):
    return [
        Case("int8", "int8"),
        Case("int8 2:4 magnitude", "magnitude-int8-2:4"),
        Case("int8 2:4 Wanda", "wanda-int8-2:4"),
        Case("int8 2:4 SparseGPT", "sparsegpt-int8-2:4"),
    ]


def run(cases, plot, layers, calibrated):
    """Errors of the embeddings of other text, and those of the layers' outputs."""
    from quality_tables.encoders import minilm, texts

    parts = texts()
    with tempfile.TemporaryDirectory() as folder:
        model = minilm(pathlib.Path(folder), threads=1)
        model.prepare({"other": parts["other"]})
        model.add("calibration", parts["calibration"])

        def collect(part):
            return model.measure(part, "--collect", f"{part}.statistics.safetensors", "--gram")

        known = [f"statistics={collect('calibration')}"] if calibrated else []
        other = collect("other") if layers else None

        def columns(quantized):
            sqnr, cosine = quantized.errors("other")
            by_layer = [quantized.layer_sqnr_db(other)] if layers else []
            return [*by_layer, sqnr, f"{cosine:.4f}"]

        rows = measure(model, "matmul", cases, columns, *known)
    print_table(["", "bits", *["layers dB"] * layers, "embedding dB", "cosine"], rows)
    if plot:
        drawn = {"outputs of layers, mean": 2} if layers else {}
        drawn["embeddings"] = 2 + layers
        save_plot(plot, "MiniLM quantized", "SQNR, dB", "", draw_columns(rows, drawn))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for cases, layers, calibrated in (
        (granularity, True, False), (methods, True, True),
        (activations, False, True), (sparsity, True, True),
    ):  # fmt: skip
        command = commands.add_parser(cases.__name__)
        command.add_argument("--plot", metavar="FILE.svg")
        command.set_defaults(cases=cases, layers=layers, calibrated=calibrated)
        if cases is granularity:
            command.add_argument("bits", nargs="+", type=int, choices=range(2, 9))
    options = parser.parse_args()
    run(options.cases(options), options.plot, options.layers, options.calibrated)


if __name__ == "__main__":
    main()
