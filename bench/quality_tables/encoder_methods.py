# ===- encoder_methods.py - table 3: a sentence encoder by every method ---=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""What presets and algorithms lose on all-MiniLM-L6-v2, with real text.

Calibration sees every other window of 32 tokens of the descriptions of data sets that
come with scikit-learn; the windows between them are held out, and the sentences of
examples/minilm are other text. For each recipe: bits per weight, SQNR and cosine of
the embeddings of other text, and the mean over all quantized matmuls of the SQNR of
their outputs (tr(W'GW) / tr(E'GE)) on held-out and on other text.
"""

import pathlib

from .encoders import minilm, texts
from .models import ROOT
from .rows import Row

TABLE = 3

PRESETS = (
    "int8", "int8-dynamic", "int8-static", "int8-static-p99.99", "int8-static-entropy",
    "int4-g128", "int4-g32", "int3-g128", "int2-g32", "nf4-g64", "nf4-g64-dq", "fp4-g64",
    "mxfp4", "mxfp8", "nvfp4", "q4_0", "q4_1", "q8_0", "fp8", "mulaw8", "alaw8",
    "kmeans4", "binary-g64",
)  # fmt: skip
METHODS = (
    "mse-int4-g128", "hqq-int4-g128", "awq-int4-g128", "gptq-int4-g128",
    "awq-gptq-int4-g128", "gptq-nf4-g64", "gptq-int3-g128", "gptq-int2-g32",
    "smoothquant-int8-dynamic", "smoothquant-int8-static", "int8-static-asym",
    "smoothquant-int8-static-asym", "smoothquant0.8-int8-static-asym", "llm-int8",
    "gptq-int4-g128-as-it-lies.yaml", "outliers-static.yaml",
    "magnitude-int8-2:4", "wanda-int8-2:4", "sparsegpt-int8-2:4",
)  # fmt: skip


RECIPES = pathlib.Path(__file__).parent / "recipes"


def rows(options):
    parts = texts()
    model = minilm(ROOT / "build" / "quality" / "methods")
    model.prepare({"other": parts["other"]})
    for part in ("calibration", "held-out"):
        model.add(part, parts[part])
    statistics = {
        part: model.measure(part, "--collect", f"{part}.safetensors", "--gram") for part in parts
    }
    held_out, other, cosine = {}, {}, {}
    for recipe in (*PRESETS, *METHODS):
        named = RECIPES / recipe if recipe.endswith(".yaml") else recipe
        with model.quantize(named, f"statistics={statistics['calibration']}") as quantized:
            sqnr, cosine[recipe] = quantized.errors("other")
            held_out[recipe] = quantized.layer_sqnr_db(statistics["held-out"])
            other[recipe] = quantized.layer_sqnr_db(statistics["other"])
        yield Row(recipe, "bits", quantized.report["total"]["bits_per_weight"])
        yield Row(recipe, "cosine", cosine[recipe])
        yield Row(recipe, "sqnr_db", sqnr)
        yield Row(recipe, "held-out_output_sqnr_db", held_out[recipe])
        yield Row(recipe, "other_output_sqnr_db", other[recipe])

    def gain(name: str, over: str, values: dict, reference: float, text: str) -> Row:
        case = f"{name} over {over}, {text}"
        return Row(case, "gain_db", values[name] - values[over], reference, bound=">=")

    gptq = "gptq-int4-g128"
    yield gain(gptq, "int4-g128", held_out, 4, "held-out text")
    yield gain(gptq, "int4-g128", other, 2, "other text")
    yield gain(gptq, "gptq-int4-g128-as-it-lies.yaml", other, 0, "other text")
    yield gain("awq-int4-g128", "int4-g128", held_out, 0.8, "held-out text")
    yield gain("gptq-int3-g128", "int3-g128", other, 0, "other text")
    yield gain("sparsegpt-int8-2:4", "wanda-int8-2:4", other, 0, "other text")
    yield gain("wanda-int8-2:4", "magnitude-int8-2:4", other, 0, "other text")
    static = "smoothquant0.8-int8-static-asym"
    yield Row(f"{static}, other text", "cosine", cosine[static], 0.997, bound=">=")
