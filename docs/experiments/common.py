# ===- common.py - tables and plots of the experiments --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Tables and plots of the experiments, the same bytes each time."""

import os
import pathlib
import sys

# One thread: sums of a parallel BLAS depend on their number, and so would weights
# that were trained with it. To be set before numpy is loaded.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("LOWBIT_BUILD", ROOT / "build" / "release"))
sys.path[:0] = [str(ROOT / "python"), str(BUILD / "python"), str(ROOT / "bench")]

try:
    from lowbit import numerics as nm
except ImportError as error:
    sys.exit(f"{error}; docs/experiments/run builds what is missing")

__all__ = ["draw_columns", "nm", "print_table", "save_plot"]


def print_table(headings, rows):
    """Prints columns: the first to the left, numbers to the right."""
    cells = [list(headings)] + [
        [
            "-" if cell is None else cell if isinstance(cell, str) else f"{cell:.2f}"
            for cell in row
        ]
        for row in rows
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    for row in cells:
        padded = [row[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(padded).rstrip())


def save_plot(path, title, across, up, draw):
    """Calls draw(axes) and writes an SVG without dates or random names."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "lowbit"
    matplotlib.rcParams["svg.fonttype"] = "none"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    draw(axes)
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)


def draw_columns(rows, columns):
    """What draws columns {label: index} of a table over the names of its rows."""

    def draw(axes):
        names = [row[0] for row in rows]
        for label, column in columns.items():
            axes.plot([row[column] for row in rows], names, "o", label=label)
        axes.invert_yaxis()
        axes.tick_params(axis="y", labelsize="x-small")

    return draw
