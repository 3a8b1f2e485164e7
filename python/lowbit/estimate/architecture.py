# ===- architecture.py - the sizes of a transformer -----------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Decoder-only transformers by their sizes: known ones, and config.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

from lowbit.failure import Failure


@dataclass(frozen=True)
class Architecture:
    """A decoder with gated feed-forward, as LLaMA and its kin."""

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int
    head_dim: int = 0
    tied: bool = False

    def head_size(self) -> int:
        return self.head_dim or self.hidden // self.heads

    def linears(self) -> list[tuple[str, int, int, int]]:
        """Name, inputs, outputs and number of the matrices of the blocks."""
        queries = self.heads * self.head_size()
        keys = self.kv_heads * self.head_size()
        return [
            ("q_proj", self.hidden, queries, self.layers),
            ("k_proj", self.hidden, keys, self.layers),
            ("v_proj", self.hidden, keys, self.layers),
            ("o_proj", queries, self.hidden, self.layers),
            ("gate_proj", self.hidden, self.intermediate, self.layers),
            ("up_proj", self.hidden, self.intermediate, self.layers),
            ("down_proj", self.intermediate, self.hidden, self.layers),
        ]

    def embeddings(self) -> list[tuple[str, int, int, int]]:
        rows = [("embed_tokens", self.vocabulary, self.hidden, 1)]
        if not self.tied:
            rows.append(("lm_head", self.hidden, self.vocabulary, 1))
        return rows

    def norms(self) -> int:
        return (2 * self.layers + 1) * self.hidden

    def parameters(self) -> int:
        matrices = [*self.linears(), *self.embeddings()]
        return self.norms() + sum(rows * columns * n for _, rows, columns, n in matrices)


KNOWN = {
    a.name: a
    for a in (
        Architecture("tinyllama-1.1b", 22, 2048, 32, 4, 5632, 32000),
        Architecture("llama-7b", 32, 4096, 32, 32, 11008, 32000),
        Architecture("llama-13b", 40, 5120, 40, 40, 13824, 32000),
        Architecture("llama-65b", 80, 8192, 64, 64, 22016, 32000),
        Architecture("llama-2-70b", 80, 8192, 64, 8, 28672, 32000),
        Architecture("llama-3-8b", 32, 4096, 32, 8, 14336, 128256),
    )
}
SIZES = [f.name for f in fields(Architecture) if f.type == "int"]

# The keys of a config.json of Hugging Face.
CONFIG_KEYS = {
    "layers": "num_hidden_layers",
    "hidden": "hidden_size",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "intermediate": "intermediate_size",
    "vocabulary": "vocab_size",
    "head_dim": "head_dim",
}


def read_config(path: Path) -> Architecture:
    """The sizes that a config.json states."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"'{path}' is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise Failure(f"'{path}' holds no object")
    values = {}
    for field, key in CONFIG_KEYS.items():
        value = config.get(key)
        if value is None and field == "kv_heads":
            value = config.get("num_attention_heads")
        if value is None and field == "head_dim":
            value = 0
        smallest = 0 if field == "head_dim" else 1
        if type(value) is not int or value < smallest:
            raise Failure(f"'{path}': '{key}' has to be a positive number, not {value!r}")
        values[field] = value
    return Architecture(str(path), tied=bool(config.get("tie_word_embeddings")), **values)
