# ===- charts.py - plots as SVG -------------------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Plots as inline SVG: fixed sizes and digits, so that equal data give equal bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .reading import Choice, Histogram


def _n(value: float) -> str:
    """A coordinate."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}g}"


def size_text(size: float | None) -> str:
    if size is None:
        return ""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.2f} {unit}"
    return f"{int(size)} B"


def _svg(width: float, height: float, title: str, body: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" '
        f'height="{_n(height)}" role="img"><title>{escape(title)}</title>'
        + "".join(body)
        + "</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`."""
    span = high - low
    if span <= 0:
        return [low]
    step = 10.0 ** math.floor(math.log10(span / most))
    step = next(step * f for f in (1, 2, 5, 10, 20) if span / (step * f) <= most)
    first = math.ceil(low / step)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def size_bars(before: float, after: float, encoded_before: float, encoded_after: float) -> str:
    """Two bars to scale; what is encoded, and the rest."""
    width, left, top, row = 640.0, 60.0, 4.0, 30.0
    most = max(before, after, 1)
    body = []
    sides = [("before", before, encoded_before), ("after", after, encoded_after)]
    for i, (name, total, encoded) in enumerate(sides):
        y = top + i * row
        split = encoded / most * width
        rest = max(total - encoded, 0) / most * width
        body.append(_text(left - 8, y + 16, name, "end"))
        body.append(
            f'<rect class="{name}" x="{_n(left)}" y="{_n(y)}" width="{_n(split)}" height="22"/>'
        )
        body.append(
            f'<rect class="rest" x="{_n(left + split)}" y="{_n(y)}" width="{_n(rest)}" height="22"/>'
        )
        body.append(_text(left + split + rest + 8, y + 16, size_text(total)))
    return _svg(left + width + 110, top + 2 * row, "Bytes before and after", body)


def histogram_plot(histogram: Histogram) -> str:
    """Both distributions over each other; heights are roots of counts."""
    width, height, bottom = 520.0, 150.0, 24.0
    bars = len(histogram.before)
    most = max([*histogram.before, *histogram.after, 1])
    body = []
    for name, counts in (("before", histogram.before), ("after", histogram.after)):
        path, step = [f"M0 {_n(height)}"], width / max(bars, 1)
        for i, count in enumerate(counts):
            y = height - math.sqrt(max(count, 0) / most) * (height - 6)
            path.append(f"V{_n(y)}H{_n((i + 1) * step)}")
        path.append(f"V{_n(height)}Z")
        body.append(f'<path class="{name}" d="{"".join(path)}"/>')
    low = histogram.begin
    high = low + histogram.width * bars
    body.append(f'<path class="axis" d="M0 {_n(height)}H{_n(width)}"/>')
    for tick in _ticks(low, high) if high > low else []:
        x = (tick - low) / (high - low) * width
        anchor = "start" if x < 15 else "end" if x > width - 15 else "middle"
        body.append(_text(x, height + 16, number(tick), anchor))
    return _svg(width, height + bottom, "Values before and after", body)


def error_plot(rows: Sequence[tuple[str, str, float | None, float | None]]) -> str:
    """A dot for each measured layer: (name, link, SQNR, SQNR of outputs)."""
    values = [v for row in rows for v in row[2:] if v is not None]
    if not values:
        return ""
    step = max(3.0, min(14.0, 900.0 / len(rows)))
    left, height, top, bottom = 46.0, 240.0, 10.0, 24.0
    width = step * len(rows)
    low, high = min([*values, 0]), max(values)
    high = high if high > low else low + 1

    def place(value: float) -> float:
        return top + (high - value) / (high - low) * height

    body = []
    for tick in _ticks(low, high):
        y = place(tick)
        body.append(f'<path class="grid" d="M{_n(left)} {_n(y)}H{_n(left + width)}"/>')
        body.append(_text(left - 6, y + 4, f"{tick:g}", "end"))
    for i, (name, link, sqnr, output) in enumerate(rows):
        x = left + (i + 0.5) * step
        dots = []
        for value, kind in ((sqnr, "before"), (output, "after")):
            if value is not None:
                dots.append(
                    f'<circle class="{kind}" cx="{_n(x)}" cy="{_n(place(value))}" r="3.5"/>'
                )
        parts = [f"{number(sqnr)} dB"] if sqnr is not None else []
        if output is not None:
            parts.append(f"outputs {number(output)} dB")
        label = f"{name}: {', '.join(parts)}"
        body.append(
            f'<a href="#{escape(link)}"><title>{escape(label)}</title>{"".join(dots)}</a>'
        )
    body.append(_text(left, top + height + 20, "layers in the order of the model; dB"))
    return _svg(left + width + 10, top + height + bottom, "Error by layer", body)


def tradeoff_plot(points: Sequence[Choice]) -> str:
    """SQNR over bits per weight."""
    width, height, left, top = 560.0, 260.0, 46.0, 10.0
    points = sorted(points, key=lambda p: (p.bits, p.sqnr))
    x_low, x_high = points[0].bits, points[-1].bits
    y_low, y_high = min(p.sqnr for p in points), max(p.sqnr for p in points)
    x_high = x_high if x_high > x_low else x_low + 1
    y_high = y_high if y_high > y_low else y_low + 1

    def x(value: float) -> float:
        return left + (value - x_low) / (x_high - x_low) * width

    def y(value: float) -> float:
        return top + (y_high - value) / (y_high - y_low) * height

    body = []
    for tick in _ticks(y_low, y_high):
        body.append(f'<path class="grid" d="M{_n(left)} {_n(y(tick))}H{_n(left + width)}"/>')
        body.append(_text(left - 6, y(tick) + 4, f"{tick:g}", "end"))
    for tick in _ticks(x_low, x_high):
        body.append(_text(x(tick), top + height + 18, f"{tick:g}", "middle"))
    line = "L".join(f"{_n(x(p.bits))} {_n(y(p.sqnr))}" for p in points)
    body.append(f'<path class="line" d="M{line}"/>')
    for p in points:
        label = f"{number(p.bits)} bits, {int(p.bytes)} bytes, {number(p.sqnr)} dB"
        kind, radius = ("after", 6) if p.taken else ("before", 3.5)
        body.append(
            f'<circle class="{kind}" cx="{_n(x(p.bits))}" cy="{_n(y(p.sqnr))}" '
            f'r="{radius}"><title>{escape(label)}</title></circle>'
        )
    body.append(_text(left, top + height + 34, "bits per weight; predicted SQNR of outputs in dB"))
    return _svg(left + width + 20, top + height + 40, "Bits against error", body)
