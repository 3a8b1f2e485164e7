# ===- page.py - a report as one page -------------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""One HTML page of a report. Every text of the report is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from .charts import error_plot, histogram_plot, number, size_bars, size_text, tradeoff_plot
from .reading import Layer, Number, Report
from .style import SCRIPT, STYLE

# Nothing may be loaded, whatever a report says.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def link_names(layers: Iterable[Layer]) -> list[str]:
    """An id for each layer, from its name alone where names differ."""
    taken: set[str] = set()
    links = []
    for layer in layers:
        base = "layer-" + (re.sub(r"[^A-Za-z0-9._-]+", "-", layer.name) or "-")
        link, count = base, 1
        while link in taken:
            count += 1
            link = f"{base}-{count}"
        taken.add(link)
        links.append(link)
    return links


def _shape(shape: list[float]) -> str:
    return "x".join("?" if size < 0 else str(int(size)) for size in shape) or "scalar"


def _exact(layer: Layer) -> bool:
    """Whether nothing was lost: the SQNR has no number then."""
    return layer.mse == 0


def _card(what: str, value: str) -> str:
    return f"<div><span>{escape(what)}</span><b>{escape(value)}</b></div>"


def _summary(report: Report) -> str:
    total = report.total
    before, after = total["bytes_before"] or 0, total["bytes_after"] or 0
    floats = sum(layer.float_reason is not None for layer in report.layers)
    cards = [
        _card("all weights", f"{size_text(before)} \u2192 {size_text(after)}"),
        _card("smaller", f"{before / after:.2f}x" if after else "-"),
        _card("bits per encoded weight", number(total["bits_per_weight"])),
        _card("layers", f"{len(report.layers) - floats} encoded, {floats} float"),
    ]
    for key, what, unit in (
        ("sqnr_db", "SQNR of encoded weights", " dB"),
        ("cosine", "cosine of encoded weights", ""),
        ("mean_output_sqnr_db", "mean SQNR of layer outputs, weights only", " dB"),
    ):
        if total[key] is not None:
            digits = 6 if key == "cosine" else 4
            cards.append(_card(what, number(total[key], digits) + unit))
    for output in report.outputs:
        text = f"cosine {number(output.cosine, 6)}, SQNR {number(output.sqnr)} dB"
        cards.append(_card(f"result {output.name}", text))
    bars = size_bars(
        before, after, total["encoded_bytes_before"] or 0, total["encoded_bytes_after"] or 0
    )
    key = (
        '<p class="note"><span class="key">encoded, before</span>'
        '<span class="key after">encoded, after</span>'
        '<span class="key rest">the rest</span></p>'
    )
    return f'<div class="cards">{"".join(cards)}</div><h2>Size</h2>{bars}{key}'


def _errors(report: Report, links: list[str]) -> str:
    rows = [
        (layer.name, link, layer.sqnr, layer.output_sqnr)
        for layer, link in zip(report.layers, links)
        if layer.sqnr is not None or layer.output_sqnr is not None
    ]
    plot = error_plot(rows)
    if not plot:
        return ""
    key = '<p class="note"><span class="key">weight</span>'
    if any(row[3] is not None for row in rows):
        key += '<span class="key after">outputs on the samples, weights only</span>'
    return f'<h2>Error by layer</h2><div class="scroll">{plot}</div>{key}</p>'


def _tradeoff(report: Report) -> str:
    if not report.tradeoff:
        return ""
    return f"<h2>Bits against error</h2>{tradeoff_plot(report.tradeoff)}"


COLUMNS = [
    ("layer", ""), ("op", ""), ("shape", ""), ("encoding", ""), ("bits", "n"),
    ("before", "n"), ("after", "n"), ("SQNR dB", "n"), ("outputs dB, weights only", "n"),
    ("PSNR dB", "n"), ("max error", "n"), ("cosine", "n"), ("clipped %", "n"),
    ("kernel, or why float", ""),
]  # fmt: skip


def _number_cell(value: Number, text: str | None = None) -> str:
    if value is None:
        return f'<td class="n">{escape(text or "")}</td>'
    shown = number(value) if text is None else text
    return f'<td class="n" data-v="{value!r}">{escape(shown)}</td>'


def _row(layer: Layer, link: str) -> str:
    exact = "exact" if _exact(layer) else None
    clipped = None if layer.clipped is None else 100 * layer.clipped
    cells = [
        f'<td><a href="#{escape(link)}">{escape(layer.name)}</a></td>',
        f"<td>{escape(layer.op)}</td><td>{escape(_shape(layer.shape))}</td>",
        f"<td>{escape(layer.encoding)}</td>",
        _number_cell(layer.bits or None),
        _number_cell(layer.before, size_text(layer.before)),
        _number_cell(layer.after, size_text(layer.after)),
        _number_cell(layer.sqnr, exact),
        _number_cell(layer.output_sqnr),
        _number_cell(layer.psnr, exact),
        _number_cell(layer.max_error),
        _number_cell(layer.cosine, None if layer.cosine is None else number(layer.cosine, 6)),
        _number_cell(clipped),
        f"<td>{escape(layer.float_reason or layer.kernel or '')}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _table(report: Report, links: list[str]) -> str:
    heads = "".join(
        f'<th class="{kind}"><button type="button">{escape(title)}</button></th>'
        for title, kind in COLUMNS
    )
    rows = "".join(map(_row, report.layers, links))
    return (
        '<h2>Layers</h2><div class="scroll"><table class="sortable"><thead><tr>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _floats(report: Report, links: list[str]) -> str:
    reasons: dict[str, list[str]] = {}
    for layer, link in zip(report.layers, links):
        if layer.float_reason is not None:
            entry = f'<a href="#{escape(link)}">{escape(layer.name)}</a>'
            reasons.setdefault(layer.float_reason, []).append(entry)
    if not reasons:
        return ""
    items = "".join(
        f"<li>{escape(reason)} ({len(names)}): {', '.join(names)}</li>"
        for reason, names in reasons.items()
    )
    return f"<h2>What stays float, and why</h2><ul>{items}</ul>"


def _facts(layer: Layer) -> str:
    facts = [
        ("encoding", layer.weight.encoding if layer.weight else layer.encoding),
        ("stored as", layer.weight.name if layer.weight else None),
        ("encoded from", layer.weight.source if layer.weight else None),
        ("bytes", f"{int(layer.before)} \u2192 {int(layer.after)}"),
        ("MSE", None if layer.mse is None else number(layer.mse, 6)),
        ("outputs from", layer.output_from),
        ("kernel", layer.kernel),
        ("stays float", layer.float_reason),
    ]
    if layer.weight and layer.weight.pruned:
        facts.append(("dropped by sparsity", f"{100 * layer.weight.pruned:.4g} %"))
    rows = "".join(
        f"<tr><td>{escape(what)}</td><td><code>{escape(value)}</code></td></tr>"
        for what, value in facts
        if value
    )
    return f"<table>{rows}</table>"


def _worst(layer: Layer) -> str:
    if not layer.weight or not layer.weight.worst:
        return ""
    rows = "".join(
        f"<tr><td>{escape(str([int(i) for i in block.place]))}</td>"
        f"{_number_cell(block.sqnr)}{_number_cell(block.max_error)}</tr>"
        for block in layer.weight.worst
    )
    return (
        '<p>The blocks with the least SQNR:</p><table><tr><th>block</th><th class="n">'
        f'SQNR dB</th><th class="n">largest error</th></tr>{rows}</table>'
    )


def _section(layer: Layer, link: str) -> str:
    body = _facts(layer) + _worst(layer)
    if layer.weight and layer.weight.histogram and layer.weight.histogram.before:
        body += (
            '<p class="note"><span class="key">before</span><span class="key after">'
            "after</span>; heights are square roots of counts</p>"
            + histogram_plot(layer.weight.histogram)
        )
    return (
        f'<details id="{escape(link)}"><summary>{escape(layer.name)}</summary>'
        f"<div>{body}</div></details>"
    )


def make_page(report: Report, title: str) -> str:
    """The page, a whole file."""
    links = link_names(report.layers)
    sections = "".join(map(_section, report.layers, links))
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}: quantization</title><style>{STYLE}</style></head>",
        f"<body><h1>{escape(title)}</h1>",
        _summary(report),
        _errors(report, links),
        _tradeoff(report),
        _table(report, links),
        _floats(report, links),
        f"<h2>Layer by layer</h2>{sections}",
        f"<script>{SCRIPT}</script></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)
