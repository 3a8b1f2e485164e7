# ===- sentences.py - the sentences and their tokens ----------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Reads `sentences.txt` and turns it into the arrays that an encoder takes.

As a command it writes the tokens: `sentences.py -o ids.npz`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from build_onnx import model_directory

SENTENCES = Path(__file__).with_name("sentences.txt")
LENGTH = 128


def read_sentences(path: Path = SENTENCES) -> list[str]:
    """The file's sentences in order; both halves of a pair stand together."""
    sentences: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            sentences += [half.strip() for half in line.split(" | ")]
    return sentences


def tokenize(sentences: list[str], tokenizer: Path) -> dict[str, np.ndarray]:
    """[sentences, LENGTH] int64 arrays under the names that encoders give them.

    Shorter sentences are padded, longer ones cut.
    """
    encoder = Tokenizer.from_file(str(tokenizer))
    encoder.enable_truncation(LENGTH)
    encoder.enable_padding(length=LENGTH)
    encoded = encoder.encode_batch(sentences)

    def stack(field: str) -> np.ndarray:
        return np.array([getattr(e, field) for e in encoded], dtype=np.int64)

    return {
        "input_ids": stack("ids"),
        "attention_mask": stack("attention_mask"),
        "token_type_ids": stack("type_ids"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Tokenize the sentences.")
    parser.add_argument("-o", "--output", type=Path, default=Path("ids.npz"))
    parser.add_argument("--tokenizer", type=Path, help="default: that of MiniLM")
    parser.add_argument("--count", type=int, help="only the first ones")
    arguments = parser.parse_args()
    tokenizer = arguments.tokenizer or model_directory() / "tokenizer.json"
    sentences = read_sentences()[: arguments.count]
    np.savez(arguments.output, **tokenize(sentences, tokenizer))


if __name__ == "__main__":
    main()
