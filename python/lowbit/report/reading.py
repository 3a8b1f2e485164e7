# ===- reading.py - reports, checked --------------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Reads a report; what is not as docs/reports.md says is one error."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from lowbit.failure import Failure

Number = float | None


@dataclass
class Histogram:
    begin: float
    width: float
    before: list[float]
    after: list[float]


@dataclass
class Block:
    place: list[float]
    sqnr: Number
    max_error: Number


@dataclass
class Weight:
    """An encoded weight: what only its own section shows."""

    name: str
    source: str | None
    encoding: str
    clipped: Number
    pruned: Number
    worst: list[Block]
    histogram: Histogram | None


@dataclass
class Layer:
    name: str
    op: str
    shape: list[float]
    encoding: str
    bits: float
    before: float
    after: float
    sqnr: Number
    psnr: Number
    mse: Number
    max_error: Number
    cosine: Number
    clipped: Number
    output_sqnr: Number
    output_from: str | None
    kernel: str | None
    float_reason: str | None
    weight: Weight | None


@dataclass
class Output:
    """What a result of the model lost."""

    name: str
    cosine: Number
    sqnr: Number
    max_error: Number


@dataclass
class Choice:
    """A point of the trade-off curve: what a budget would give."""

    bits: float
    bytes: float
    sqnr: float
    taken: bool


@dataclass
class Report:
    layers: list[Layer]
    total: dict[str, Number]
    outputs: list[Output] = field(default_factory=list)
    tradeoff: list[Choice] = field(default_factory=list)


class _Object:
    """An object of the report whose members are asked for by type."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise Failure(f"{where} is no object")
        self._value, self._where = value, where

    def _get(self, key: str, kinds: tuple[type, ...], default: object) -> object:
        value = self._value.get(key)
        if value is None:
            if default is ...:
                raise Failure(f"{self._where} has no '{key}'")
            return default
        if not isinstance(value, kinds) or isinstance(value, bool) and bool not in kinds:
            raise Failure(f"{self._where}: '{key}' is {value!r}"[:300])
        return value

    def text(self, key: str, default: str | None = ...) -> str:
        return self._get(key, (str,), default)

    def number(self, key: str, default: Number = ...) -> float:
        value = self._get(key, (int, float), default)
        if value is not None and not math.isfinite(value):
            raise Failure(f"{self._where}: '{key}' is {value!r}")
        return value

    def flag(self, key: str) -> bool:
        return self._get(key, (bool,), False)

    def array(self, key: str, default: list | None = ...) -> list:
        return self._get(key, (list,), default)

    def numbers(self, key: str) -> list[float]:
        values = self.array(key)
        if not all(type(v) in (int, float) and math.isfinite(v) for v in values):
            raise Failure(f"{self._where}: '{key}' holds what is no number")
        return values

    def object(self, key: str) -> _Object | None:
        value = self._get(key, (dict,), None)
        return None if value is None else _Object(value, f"{self._where}, '{key}'")

    def objects(self, key: str, default: list | None = ...) -> list[_Object]:
        values = self.array(key, default)
        return [_Object(v, f"{self._where}, '{key}' {i}") for i, v in enumerate(values)]


def _read_histogram(found: _Object | None) -> Histogram | None:
    if found is None:
        return None
    histogram = Histogram(
        found.number("begin"),
        found.number("width"),
        found.numbers("before"),
        found.numbers("after"),
    )
    if len(histogram.before) != len(histogram.after):
        raise Failure("a histogram has more bars before than after, or fewer")
    return histogram


def _read_weight(found: _Object) -> Weight:
    worst = [
        Block(b.numbers("block"), b.number("sqnr_db", None), b.number("max_error", None))
        for b in found.objects("worst_blocks", [])
    ]
    return Weight(
        found.text("name"),
        found.text("source", None),
        found.text("encoding"),
        found.number("clipped_share", None),
        found.number("pruned_share", None),
        worst,
        _read_histogram(found.object("histogram")),
    )


def _read_layer(found: _Object, weights: dict[str, Weight]) -> Layer:
    return Layer(
        name=found.text("name"),
        op=found.text("op"),
        shape=found.numbers("shape"),
        encoding=found.text("encoding"),
        bits=found.number("bits_per_weight"),
        before=found.number("bytes_before"),
        after=found.number("bytes_after"),
        sqnr=found.number("sqnr_db", None),
        psnr=found.number("psnr_db", None),
        mse=found.number("mse", None),
        max_error=found.number("max_error", None),
        cosine=found.number("cosine", None),
        clipped=found.number("clipped_share", None),
        output_sqnr=found.number("output_sqnr_db", None),
        output_from=found.text("output_error_from", None),
        kernel=found.text("kernel", None),
        float_reason=found.text("float_reason", None),
        weight=weights.get(found.text("weight", "")),
    )


def read_report(path: Path) -> Report:
    """The report in `path`; raises Failure."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Failure(f"'{path}' is not JSON: {error}") from error
    if not isinstance(document, dict) or not {"layers", "total"} <= document.keys():
        raise Failure(
            f"'{path}' is no report of quant-opt (lowbit-quantize with report=FILE)"
        )
    root = _Object(document, f"'{path}'")
    if document.get("version", 1) != 1:
        raise Failure(f"'{path}' has version {document['version']!r}; this reads 1")
    weights = {w.name: w for w in map(_read_weight, root.objects("weights", []))}
    layers = [_read_layer(layer, weights) for layer in root.objects("layers")]
    total = root.object("total")
    if total is None:
        raise Failure(f"'{path}' has no 'total'")
    keys = (
        "bytes_before", "bytes_after", "encoded_bytes_before", "encoded_bytes_after",
        "bits_per_weight", "sqnr_db", "cosine", "max_error", "mean_output_sqnr_db",
    )  # fmt: skip
    outputs = [
        Output(
            o.text("name"),
            o.number("cosine", None),
            o.number("sqnr_db", None),
            o.number("max_error", None),
        )
        for o in total.objects("output", [])
    ]
    tradeoff = [
        Choice(
            c.number("bits_per_weight"), c.number("bytes"), sqnr, c.flag("taken")
        )
        for c in root.objects("tradeoff", [])
        # A point without error has no number.
        if (sqnr := c.number("predicted_sqnr_db", None)) is not None
    ]
    numbers = {key: total.number(key, None) for key in keys}
    return Report(layers, numbers, outputs, tradeoff)
