# ===- usage.py - a model in use, shown -----------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""All that takes memory when a transformer runs or is trained."""

from __future__ import annotations

from dataclasses import dataclass

from lowbit.failure import Failure

from .architecture import Architecture
from .encodings import Encoding
from .memory import (
    Item,
    Workload,
    gpus_needed,
    inference_activations,
    kv_cache,
    lora_parameters,
    training_activations,
    training_state,
    weight_bytes,
)
from .tables import Output, fitting_unit, size_both, size_text


@dataclass(frozen=True)
class Usage:
    """What the command line says."""

    encoding: Encoding
    embeddings: Encoding
    batch: int
    context: int
    tokens: int
    kv: Encoding
    train: str | None
    rank: int
    targets: list[str]
    optimizer: str
    f32: bool
    checkpoint: bool
    gpus: list[int]
    usable: float


def _items(model: Architecture, usage: Usage, weights: int | None) -> list[Item]:
    if usage.tokens > usage.context:
        raise Failure(
            f"--tokens {usage.tokens} are more than a sequence has: give --context "
            f"{usage.tokens} or more"
        )
    work = Workload(usage.batch, usage.context, usage.tokens, usage.kv)
    if usage.train == "full":
        if usage.encoding.name != "f16":
            raise Failure("--train full trains 16-bit or f32 weights, not --type; see lora")
        items = training_state(model.parameters(), usage.optimizer, usage.f32)
        return [*items, training_activations(model, work, usage.checkpoint, usage.f32)]
    size = weights or weight_bytes(model, usage.encoding, usage.embeddings)
    how = "of the file" if weights else f"{usage.encoding.name}, table {usage.embeddings.name}"
    if usage.train == "lora":
        adapters = lora_parameters(model, usage.rank, usage.targets)
        return [
            Item("frozen weights", size, how),
            *training_state(adapters, usage.optimizer, usage.f32),
            training_activations(model, work, usage.checkpoint, usage.f32),
        ]
    return [
        Item("weights", size, how),
        kv_cache(model, work),
        inference_activations(model, work),
    ]


def show_usage(
    output: Output, model: Architecture, usage: Usage, weights: int | None, unit: str | None
) -> None:
    items = _items(model, usage, weights)
    total = sum(item.bytes for item in items)
    unit = unit or fitting_unit(total)
    rows = [[item.what, size_text(item.bytes, unit, 3), item.how] for item in items]
    rows.append(["total", size_text(total, unit, 3), ""])
    use = {None: "Inference", "full": "Training", "lora": "Training of adapters"}
    output.table(
        f"{use[usage.train]}: {model.name}, {model.parameters()} parameters, "
        f"batch {usage.batch}, context {usage.context}",
        ["what", unit, "~how"],
        rows,
    )
    output.line(f"total: {total} bytes, {size_both(total)}")
    devices = {}
    for gpu in usage.gpus:
        devices[f"{gpu} GiB"] = gpus_needed(total, gpu * 2**30, usage.usable)
    output.line(
        f"GPUs, {usage.usable:.0%} of each usable: "
        + ", ".join(f"{count} of {size}" for size, count in devices.items())
    )
    output.add("model", model.name)
    output.add("parameters", model.parameters())
    output.add("items", [vars(item) for item in items])
    output.add("total_bytes", total)
    output.add("gpus", devices)
