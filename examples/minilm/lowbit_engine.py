# ===- lowbit_engine.py - Lowbit's side, command by command ---------------=== #
#
# Part of the Lowbit project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Imports, quantizes and runs an encoder with Lowbit's command line tools.

Every command of the comparison stands in this file, as a user would type it.
"""

from __future__ import annotations

import filecmp
import json
import math
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from model import Encoder

ROOT = Path(__file__).resolve().parents[2]
# The recipe of each row; f32 is the model as it was imported.
RECIPES = ("f32", "int8", "int8-dynamic", "int4-g128", "int4-g32", "nf4-g64")


class ToolError(Exception):
    """A command failed; the text holds the command and what it said."""


@dataclass(frozen=True)
class Compiled:
    """One variant of the model: its weights, and its IR for each batch size."""

    weights: Path
    modules: dict[int, Path]


class LowbitEngine:
    """Makes the variants of one encoder in a directory, and runs them."""

    def __init__(self, build: Path, encoder: Encoder, directory: Path) -> None:
        self._bin = build.resolve() / "bin"
        self._encoder = encoder
        self._directory = directory
        self._commands = directory / "commands.txt"
        self._commands.write_text("export PYTHONPATH=python\n", encoding="utf-8")

    def _run(self, command: list[str | Path]) -> str:
        """Runs the command and returns its standard output."""
        words = [str(word) for word in command]
        line = shlex.join(words)
        with self._commands.open("a", encoding="utf-8") as file:
            print(line, file=file)
        environment = dict(os.environ)
        python_path = [str(ROOT / "python"), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, python_path))
        result = subprocess.run(words, capture_output=True, text=True, env=environment)
        if result.returncode != 0:
            said = result.stderr.strip().splitlines()[-12:]
            raise ToolError("\n".join([line, *said]))
        return result.stdout

    def import_model(self, batches: list[int], length: int) -> Compiled:
        """Imports the encoder once for each batch size; all share the weights."""
        weights = self._directory / "model.safetensors"
        modules: dict[int, Path] = {}
        for batch in batches:
            modules[batch] = self._directory / f"model.b{batch}.mlir"
            # What is run stands in commands.txt: no file is renamed after it.
            again = weights
            if len(modules) > 1:
                again = self._directory / f"model.b{batch}.safetensors"
            command: list[str | Path] = [
                sys.executable, "-m", "lowbit.importer", "--quiet",
                self._encoder.path, "-o", modules[batch], "--weights", again,
            ]
            for name in self._encoder.inputs:
                command += ["--dim", f"{name}.0={batch}", "--dim", f"{name}.1={length}"]
            self._run(command)
            _keep_one(again, weights)
        return Compiled(weights, modules)

    def report_path(self, recipe: str) -> Path:
        """Where `quantize` leaves the report of every layer."""
        return self._directory / f"model.{recipe}.report.json"

    def quantize(self, source: Compiled, recipe: str) -> Compiled:
        """Quantizes the modules of all batch sizes; all share the weights.

        Leaves a report of every layer, too.
        """
        weights = self._directory / f"model.{recipe}.safetensors"
        modules: dict[int, Path] = {}
        for batch, module in source.modules.items():
            target = self._directory / f"model.{recipe}.b{batch}.mlir"
            again = weights
            if modules:
                again = self._directory / f"model.{recipe}.b{batch}.safetensors"
            options = f"recipe={recipe} weights={source.weights} output-weights={again}"
            if not modules:
                options += f" report={self.report_path(recipe)}"
            self._run(
                [
                    self._bin / "quant-opt", module,
                    f"--lowbit-quantize={options}", "-o", target,
                ]
            )
            modules[batch] = target
            _keep_one(again, weights)
        return Compiled(weights, modules)

    def _run_command(self, variant: Compiled, batch: int, inputs: Path) -> list:
        return [
            self._bin / "quant-run", variant.modules[batch],
            f"--weights={variant.weights}", "--input", inputs,
        ]

    def embed(self, variant: Compiled, batch: int, inputs: Path) -> np.ndarray:
        """The embeddings of the `batch` rows in the file `inputs`."""
        output = self._directory / "embeddings.npz"
        self._run([*self._run_command(variant, batch, inputs), "--output", output])
        with np.load(output) as arrays:
            return arrays[self._encoder.output]

    def time(
        self, variant: Compiled, batch: int, inputs: Path, threads: int, runs: int
    ) -> float:
        """Milliseconds of the fastest of `runs` runs, after two to warm up."""
        command = self._run_command(variant, batch, inputs)
        options = ["--time", "--json", f"--runs={runs}", f"--threads={threads}"]
        text = self._run([*command, *options])
        return float(json.loads(text)["min_ms"])


def summarize_report(path: Path) -> str:
    """One line on what quant-opt reported of the layers of a model."""
    report = json.loads(path.read_text(encoding="utf-8"))
    encoded = [layer for layer in report["layers"] if layer["float_reason"] is None]
    worst = min(encoded, key=lambda layer: layer["sqnr_db"])
    return (
        f"{len(encoded)} of {len(report['layers'])} layers, "
        f"{report['total']['encoded_ratio']:.3f}x their bytes; "
        f"least SQNR {worst['sqnr_db']:.1f} dB, {worst['name']}"
    )


def stored_bytes(path: Path) -> int:
    """The bytes of all tensors in a safetensors file, its header not counted."""
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    return path.stat().st_size - 8 - header


def count_parameters(path: Path) -> int:
    """The elements of all tensors in a safetensors file."""
    with safe_open(path, "np") as file:
        return sum(math.prod(file.get_slice(k).get_shape()) for k in file.keys())


def _keep_one(new: Path, kept: Path) -> None:
    """Removes a file that must equal the one that is kept."""
    if new == kept:
        return
    if filecmp.cmp(new, kept, shallow=False):
        new.unlink()
    else:
        raise ToolError(f"{new.name} and {kept.name} should be the same weights")
