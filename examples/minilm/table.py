# ===- table.py - the rows, their table and their plot --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The rows of the comparison, as a terminal table, JSON, Markdown and a plot."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table


ENGINES = {"lowbit": "Lowbit", "onnxruntime": "ONNX Runtime"}


@dataclass
class Row:
    """One model in one engine. Times are milliseconds per sentence, if measured."""

    name: str
    engine: str
    bytes: int
    bits_per_weight: float
    cosine_mean: float
    cosine_min: float
    rank_correlation: float
    max_error: float
    ms_b1_1t: float | None = None
    ms_b8_1t: float | None = None
    ms_b1_2t: float | None = None
    ratio_to_onnxruntime_f32: float | None = None


def _cells(row: Row) -> list[str]:
    """What stands in a row of a table, after its name."""
    times = [row.ms_b1_1t, row.ms_b8_1t, row.ms_b1_2t]
    return [
        f"{row.bytes / 1e6:.1f}",
        f"{row.bits_per_weight:.2f}",
        f"{row.cosine_mean:.5f}",
        f"{row.cosine_min:.4f}",
        f"{row.rank_correlation:.3f}",
        *("-" if ms is None else f"{ms:.1f}" for ms in times),
        "-"
        if row.ratio_to_onnxruntime_f32 is None
        else f"{row.ratio_to_onnxruntime_f32:.2f}",
    ]


def print_table(rows: list[Row], title: str, console: Console) -> None:
    """Prints the rows grouped by engine, within 80 columns."""
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        caption="ms: per sentence of 128 tokens, by batch size and threads; fastest run\n"
        "ranking: Spearman's correlation over all pairs of sentences\n"
        "ratio: ONNX Runtime f32 / this, batch 1, 1 thread; larger is faster",
    )
    table.add_column("", no_wrap=True)
    for heading in (
        "\nMB", "bits\nper w", "cosine\nmean", "cosine\nmin", "rank-\ning",
        "ms b1\n1 thr", "ms b8\n1 thr", "ms b1\n2 thr", "\nratio",
    ):  # fmt: skip
        table.add_column(heading, justify="right", no_wrap=True)
    engine = None
    for row in rows:
        if row.engine != engine:
            engine = row.engine
            table.add_row(f"[bold]{ENGINES[engine]}[/bold]")
        table.add_row(f"  {row.name}", *_cells(row))
    console.print(table)


def write_json(rows: list[Row], path: Path) -> None:
    """Writes the rows as a list of objects, without what was not measured."""
    objects = [
        {name: value for name, value in dataclasses.asdict(row).items() if value is not None}
        for row in rows
    ]
    path.write_text(json.dumps(objects, indent=2) + "\n", encoding="utf-8")


def update_markdown(rows: list[Row], title: str, page: Path) -> None:
    """Replaces what stands between the table comments of a page.

    Raises ValueError if the page has none.
    """
    head, begin, rest = page.read_text(encoding="utf-8").partition("<!-- table -->\n")
    _, end, tail = rest.partition("<!-- end of table -->\n")
    if not (begin and end):
        raise ValueError(f"{page} has no place for a table")
    columns = [
        "", "MB", "bits per weight", "cosine, mean", "cosine, least", "ranking",
        "ms, batch 1", "ms, batch 8", "ms, 2 threads", "speed",
    ]  # fmt: skip
    table = [columns, ["---", *["---:"] * (len(columns) - 1)]]
    table += [[f"{ENGINES[row.engine]} {row.name}", *_cells(row)] for row in rows]
    lines = [f"{title}:", "", *(f"| {' | '.join(cells)} |" for cells in table)]
    page.write_text(
        head + begin + "\n".join(lines) + "\n" + end + tail, encoding="utf-8"
    )


def write_plot(rows: list[Row], title: str, path: Path) -> None:
    """Draws accuracy over size, and the times, as one PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    colors = {"lowbit": "#1b6ca8", "onnxruntime": "#c8781e"}
    figure, (size, speed) = plt.subplots(1, 2, figsize=(12, 4.8))
    for row in rows:
        megabytes, loss = row.bytes / 1e6, max(1 - row.cosine_mean, 1e-7)
        size.scatter(megabytes, loss, color=colors[row.engine], zorder=3)
        size.annotate(row.name, (megabytes, loss), textcoords="offset points",
                      xytext=(6, 4), fontsize=8)
    for engine in dict.fromkeys(row.engine for row in rows):
        size.scatter([], [], color=colors[engine], label=ENGINES[engine])
    size.legend(fontsize=8)
    size.margins(x=0.12)
    size.set_yscale("log")
    size.invert_yaxis()
    size.set_xlim(left=0)
    size.set_xlabel("stored weights, MB")
    size.set_ylabel("1 - mean cosine to f32 (up is closer)")
    size.grid(alpha=0.3)

    labels = [f"{row.name}\n{ENGINES[row.engine]}" for row in rows]
    width = 0.27
    kinds = [
        ("ms_b1_1t", "batch 1, 1 thread", 1.0),
        ("ms_b8_1t", "batch 8, 1 thread", 0.65),
        ("ms_b1_2t", "batch 1, 2 threads", 0.35),
    ]
    for place, (field, _, alpha) in enumerate(kinds):
        speed.bar(
            [index + (place - 1) * width for index in range(len(rows))],
            [getattr(row, field) for row in rows],
            width,
            alpha=alpha,
            color=[colors[row.engine] for row in rows],
        )
    handles = [plt.Rectangle((0, 0), 1, 1, color="#555555", alpha=a) for *_, a in kinds]
    speed.legend(handles, [label for _, label, _ in kinds], fontsize=8)
    speed.set_xticks(range(len(rows)), labels, fontsize=7, rotation=30, ha="right")
    speed.set_ylabel("ms per sentence")
    speed.grid(axis="y", alpha=0.3)
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
