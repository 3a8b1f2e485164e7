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
import sysconfig

import numpy as np

from .encoders import LENGTH, ROOT, minilm
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
    "smoothquant-int8-dynamic", "smoothquant-int8-static", "llm-int8",
    "gptq-order-int4-g128.yaml", "smoothquant-static.yaml", "smoothquant-static-mixed.yaml",
    "outliers-static.yaml",
    "magnitude-int8-2:4", "wanda-int8-2:4", "sparsegpt-int8-2:4",
)  # fmt: skip


def _windows(text: str, tokenizer) -> dict[str, np.ndarray]:
    """The text in pieces that fill LENGTH tokens each, so that nothing is padded."""
    inner = LENGTH - 2
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    start, end = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    rows = [
        [start, *ids[i : i + inner], end] for i in range(0, len(ids) - inner + 1, inner)
    ]
    tokens = np.array(rows, np.int64)
    return {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "token_type_ids": np.zeros_like(tokens),
    }


def _texts() -> dict[str, dict[str, np.ndarray]]:
    import sentences
    from build_onnx import model_directory
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_directory() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    package = pathlib.Path(sysconfig.get_paths()["purelib"]) / "sklearn" / "datasets" / "descr"
    pages = sorted(package.glob("*.rst"))
    if not pages:
        raise FileNotFoundError(
            f"{package}: no texts to calibrate on; install docs/experiments/requirements.txt"
        )
    seen = _windows("\n".join(page.read_text(encoding="utf-8") for page in pages), tokenizer)
    other = _windows(" ".join(sentences.read_sentences()), tokenizer)
    count = len(other["input_ids"])
    size = len(seen["input_ids"]) // 2 // count * count
    return {
        "calibration": {name: value[0 : 2 * size : 2] for name, value in seen.items()},
        "held-out": {name: value[1 : 2 * size : 2] for name, value in seen.items()},
        "other": other,
    }


def _mean(report: dict) -> float:
    return report["total"]["mean_output_sqnr_db"]


def rows(options):
    texts = _texts()
    model = minilm(ROOT / "build" / "quality" / "methods")
    model.prepare({"other": texts["other"]})
    for part in ("calibration", "held-out"):
        model.add(part, texts[part])
    statistics = {
        part: model.measure(part, "--collect", f"{part}.safetensors", "--gram") for part in texts
    }
    held_out, other, cosine = {}, {}, {}
    for recipe in (*PRESETS, *METHODS):
        report = model.quantize(recipe, f"statistics={statistics['calibration']}")
        sqnr, cosine[recipe] = model.errors("other")
        held_out[recipe] = _mean(model.report(statistics["held-out"]))
        other[recipe] = _mean(model.report(statistics["other"]))
        yield Row(recipe, "bits", report["total"]["bits_per_weight"])
        yield Row(recipe, "cosine", cosine[recipe])
        yield Row(recipe, "sqnr_db", sqnr)
        yield Row(recipe, "held-out_output_sqnr_db", held_out[recipe])
        yield Row(recipe, "other_output_sqnr_db", other[recipe])

    def gain(name: str, over: str, values: dict, reference: float, text: str) -> Row:
        case = f"{name} over {over}, {text}"
        return Row(case, "gain_db", values[name] - values[over], reference, bound=">=")

    gptq = "gptq-order-int4-g128.yaml"
    yield gain(gptq, "int4-g128", held_out, 4, "held-out text")
    yield gain(gptq, "int4-g128", other, 2, "other text")
    yield gain("awq-int4-g128", "int4-g128", held_out, 0.8, "held-out text")
    yield gain("gptq-int3-g128", "int3-g128", other, 0, "other text")
    yield gain("sparsegpt-int8-2:4", "wanda-int8-2:4", other, 0, "other text")
    yield gain("wanda-int8-2:4", "magnitude-int8-2:4", other, 0, "other text")
    static = "smoothquant-static.yaml"
    yield Row(f"{static}, other text", "cosine", cosine[static], 0.997, bound=">=")
