# ===- automatic_choice.py - table 6: a choice for each weight ------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""SQNR of embeddings by the automatic choice beside uniform recipes of the same size.

Two sentence encoders: all-MiniLM-L6-v2 and paraphrase-MiniLM-L3-v2. Errors are
measured on half of the sentences of examples/minilm (quant-run --sensitivity); the
other half tests: 10 log10(sum y^2 / sum (y' - y)^2) of the embeddings. For each
uniform recipe the choice gets as many bytes as that takes, and has to lose less.
It chooses from encodings that round to the nearest code; the uniform recipes may
search, or know the layers' inputs. The models, reports and commands stay in
build/quality/automatic.
"""

import numpy as np

from .encoders import LENGTH, minilm, paraphrase
from .models import ROOT
from .rows import Row

TABLE = 6

#: Encodings that the choice is held against.
NEAREST = (
    "int2-g32", "int3-g128", "int3-g64", "int3-g32", "int4-g128", "int4-g64", "int4-g32",
    "nf4-g64", "nf4-g64-dq", "mxfp4", "q4_0", "int5-g64", "int6-g64", "int8-g128",
)  # fmt: skip
#: The same by methods, with statistics of the first half.
METHODS = ("gptq-int4-g128", "awq-int4-g128", "mse-int4-g128", "hqq-int4-g64", "gptq-int3-g64")
#: What it chooses from: some that are smaller or larger than all of these, too.
CANDIDATES = (*NEAREST, "int2-g64", "int5-g32", "int7-g64", "int8-g32", "f16")


def _halves() -> dict[str, dict[str, np.ndarray]]:
    """Tokens of every other sentence pair, and of the others."""
    import sentences
    from build_onnx import model_directory

    lines = sentences.SENTENCES.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    texts = [[half.strip() for line in lines[i::2] for half in line.split(" | ")] for i in (0, 1)]
    count = min(map(len, texts))
    tokenizer = model_directory() / "tokenizer.json"
    tokens = [sentences.tokenize(text[:count], tokenizer) for text in texts]
    for half in tokens:
        if half["attention_mask"][:, LENGTH:].any():
            raise ValueError(f"a sentence has more than {LENGTH} tokens")
    return {
        name: {key: value[:, :LENGTH] for key, value in half.items()}
        for name, half in zip(("measure", "test"), tokens)
    }


def rows(options):
    halves = _halves()
    folder = ROOT / "build" / "quality" / "automatic"
    for model in (minilm(folder / "minilm"), paraphrase(folder / "paraphrase")):
        model.prepare(halves)
        sensitivity = model.measure(
            "measure", "--sensitivity", "sensitivity.json", "--candidates=" + ",".join(CANDIDATES)
        )
        statistics = model.measure("measure", "--collect", "statistics.safetensors", "--gram")
        for recipe in NEAREST + METHODS:
            known = [f"statistics={statistics}"] if recipe in METHODS else []
            with model.quantize(recipe, *known) as quantized:
                total = quantized.report["total"]
                uniform, _ = quantized.errors("test")
            budget = f"auto-{total['encoded_bytes_after']}B"
            with model.quantize(budget, f"sensitivity={sensitivity}") as quantized:
                chosen_total = quantized.report["total"]
                chosen, _ = quantized.errors("test")
            bits = total["bits_per_weight"]
            if chosen_total["encoded_bytes_after"] > total["encoded_bytes_after"]:
                raise RuntimeError(f"{model.name}: more bytes than {recipe} has")
            case = f"{model.name}, {bits:.2f} bits, as {recipe}"
            yield Row(case, "sqnr_db", chosen, uniform, bound=">=")
