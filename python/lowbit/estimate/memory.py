# ===- memory.py - what takes memory, by formula --------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Bytes of caches, activations and training, each by the formula it states."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .architecture import Architecture
from .encodings import Encoding


@dataclass(frozen=True)
class Item:
    """One line of an estimate."""

    what: str
    bytes: int
    how: str


@dataclass(frozen=True)
class Workload:
    """How a model is used."""

    batch: int = 1
    context: int = 2048
    # Tokens that are processed at once: the prompt, or 1 for each new one.
    tokens: int = 2048
    kv: Encoding | None = None
    activation_bytes: int = 2


def weight_bytes(model: Architecture, encoding: Encoding, embeddings: Encoding) -> int:
    """Matrices of the blocks and the head in `encoding`, tables in `embeddings`.

    Norms stay as they are, in 16 bits.
    """
    total = 2 * model.norms()
    for _, rows, columns, count in model.linears():
        total += count * encoding.bytes((rows, columns))
    for name, rows, columns, count in model.embeddings():
        axis, chosen = (1, embeddings) if name == "embed_tokens" else (0, encoding)
        total += count * chosen.bytes((rows, columns), axis)
    return total


def kv_cache(model: Architecture, work: Workload) -> Item:
    """Keys and values of every token: 2 * layers * batch * context * kv heads * head."""
    head = model.head_size()
    rows = 2 * model.layers * work.batch * work.context * model.kv_heads
    # Groups, where the type has them, run along a head.
    size = work.kv.bytes((rows, head), axis=1)
    how = (
        f"2 x {model.layers} layers x {work.batch} x {work.context} tokens x "
        f"{model.kv_heads} heads x {head}, {work.kv.name}"
    )
    return Item("KV cache", size, how)


def inference_activations(model: Architecture, work: Workload) -> Item:
    """The most that is alive at once, attention computed in tiles.

    Residual and normed input, the wider of q, k, v with the output of attention
    and of gate, up and their product; and f32 logits of the last token.
    """
    head = model.head_size()
    attention = (2 * model.heads + 2 * model.kv_heads) * head
    wide = max(attention, 3 * model.intermediate)
    per_token = 2 * model.hidden + wide
    size = work.batch * work.tokens * per_token * work.activation_bytes
    size += work.batch * model.vocabulary * 4
    return Item(
        "activations",
        size,
        f"{work.batch} x {work.tokens} tokens x {per_token} numbers of "
        f"{work.activation_bytes} bytes, and f32 logits",
    )


def training_activations(
    model: Architecture, work: Workload, checkpoint: bool, f32: bool
) -> Item:
    """Korthikanti et al., 2022, equations 1 and 5, attention scores recomputed.

    s b h (34 L) bytes in 16 bits: 16 numbers, and 2 masks of dropout of a byte;
    with checkpoints one number for each layer, and one layer's all. Logits and
    their gradient in f32 come on top.
    """
    tokens = work.batch * work.context * model.hidden
    number = 4 if f32 else 2
    layer = 16 * number + 2
    if checkpoint:
        size = tokens * (number * model.layers + layer)
        how = f"{number} s b h x {model.layers} layers, and {layer} s b h of one"
    else:
        size = tokens * layer * model.layers
        how = f"{layer} s b h x {model.layers} layers"
    size += 2 * 4 * work.batch * work.context * model.vocabulary
    return Item("activations", size, how + ", and logits with gradients in f32")


# Bytes of state for each trained parameter.
OPTIMIZERS = {"adam": 8, "adam8bit": 2, "momentum": 4, "sgd": 0}


def training_state(parameters: int, optimizer: str, f32: bool) -> list[Item]:
    """Weights that are trained, and what goes with them.

    In mixed precision 16-bit weights and gradients and an f32 master copy; in
    f32 all in f32 and no copy.
    """
    size = 4 if f32 else 2
    kind = "f32" if f32 else "16 bits"
    items = [
        Item("trained weights", size * parameters, f"{parameters} in {kind}"),
        Item("gradients", size * parameters, f"{parameters} in {kind}"),
        Item(
            "optimizer states",
            OPTIMIZERS[optimizer] * parameters,
            f"{optimizer}: {OPTIMIZERS[optimizer]} bytes each",
        ),
    ]
    if not f32:
        items.append(Item("master weights", 4 * parameters, "an f32 copy"))
    return items


def lora_parameters(model: Architecture, rank: int, targets: list[str]) -> int:
    """rank * (inputs + outputs) of each matrix that has an adapter."""
    return sum(
        count * rank * (rows + columns)
        for name, rows, columns, count in model.linears()
        if name in targets
    )


def gpus_needed(total: int, gpu_bytes: int, usable: float) -> int:
    """Devices whose usable memory together holds `total`."""
    return max(1, math.ceil(total / (gpu_bytes * usable)))
