# ===- models.py - models that are imported, quantized and run ------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""ONNX models on their way through the tools, and what quantizing does to them."""

import json
import os
import pathlib
import shlex
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LOWBIT_BUILD", ROOT / "build" / "release"))


def keep_outputs(path: pathlib.Path, names: list[str], folder: pathlib.Path) -> pathlib.Path:
    """The model with these values as its only outputs, intermediate ones as well."""
    import onnx

    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    values = {v.name: v for v in (*model.graph.value_info, *model.graph.output)}
    del model.graph.output[:]
    model.graph.output.extend(values[name] for name in names)
    onnx.save(model, folder / "kept.onnx")
    return folder / "kept.onnx"


class Model:
    """A model in a folder that has its files, and the commands that made them. It
    may be quantized and measured by several threads at once after `prepare`."""

    def __init__(self, name: str, onnx: pathlib.Path, folder: pathlib.Path, threads: int = 2):
        self.name, self.folder = name, folder
        self._onnx, self._threads = onnx, f"--threads={threads}"
        self._commands = folder / "commands.txt"
        self._commands.write_text("", encoding="utf-8")

    def run(self, *command: object) -> str:
        words = [str(word) for word in command]
        with self._commands.open("a", encoding="utf-8") as file:
            print(shlex.join(words), file=file)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
        result = subprocess.run(words, capture_output=True, text=True, env=environment)
        if result.returncode:
            lines = result.stderr.strip().splitlines()
            said = [line for line in lines if "error:" in line] or lines[-20:]
            raise RuntimeError("\n".join([shlex.join(words), *said]))
        return result.stdout

    def prepare(self, parts: dict[str, dict[str, np.ndarray]]) -> None:
        """Imports the model for inputs of one size, which have names, and runs it."""
        self._open_axes = self._find_open_axes()
        self._inputs = {}
        for part, inputs in parts.items():
            self.add(part, inputs)
        first = next(iter(parts.values()))
        dims = [
            f"--dim={name}.{axis}={first[name].shape[axis]}"
            for name, axes in self._open_axes.items() for axis in axes
        ]  # fmt: skip
        self._module = self.folder / "model.mlir"
        self.weights = self.folder / "model.safetensors"
        self.run(sys.executable, "-m", "lowbit.importer", "--quiet", self._onnx,
                 "-o", self._module, "--weights", self.weights, *dims)  # fmt: skip
        self.exact = {part: self.results(self._module, self.weights, part) for part in parts}

    def add(self, part: str, inputs: dict[str, np.ndarray]) -> None:
        """Further inputs: samples, which come in any number of times that size."""
        self._inputs[part] = self.folder / f"{part}.npz"
        np.savez(self._inputs[part], **{name: inputs[name] for name in self._open_axes})

    def measure(self, part: str, option: str, name: str, *options: str) -> pathlib.Path:
        """What quant-run writes to `name` when it runs the model on a part."""
        path = self.folder / name
        self.run(BUILD / "bin" / "quant-run", self._module, f"--weights={self.weights}",
                 "--samples", self._inputs[part], f"{option}={path}", self._threads,
                 *options)  # fmt: skip
        return path

    def quantize(self, recipe: str | pathlib.Path, *options: str) -> "Quantized":
        """By a shorthand or a file; `with` removes what came of it when it is left."""
        stem = pathlib.Path(recipe).name.removesuffix(".yaml").replace(":", "of")
        module, weights, report = (
            self.folder / f"{stem}.q.{kind}" for kind in ("mlir", "safetensors", "json")
        )
        text = " ".join(
            [f"recipe={recipe} weights={self.weights} output-weights={weights}", *options]
        )
        self.run(BUILD / "bin" / "quant-opt", self._module, "-o", module,
                 f"--lowbit-quantize={text} report={report}")  # fmt: skip
        return Quantized(self, module, weights, json.loads(report.read_text(encoding="utf-8")))

    def results(
        self, module: pathlib.Path, weights: pathlib.Path, part: str
    ) -> dict[str, np.ndarray]:
        path = module.with_suffix(f".{part}.npz")
        self.run(BUILD / "bin" / "quant-run", module, f"--weights={weights}",
                 "--input", self._inputs[part], "--output", path, self._threads)  # fmt: skip
        with np.load(path) as file:
            return {name: file[name].astype(np.float64) for name in file.files}

    def _find_open_axes(self) -> dict[str, list[int]]:
        """The axes of each input whose size the model leaves open."""
        import onnx

        graph = onnx.load(self._onnx, load_external_data=False).graph
        stored = {tensor.name for tensor in graph.initializer}
        return {
            value.name: [
                axis
                for axis, dim in enumerate(value.type.tensor_type.shape.dim)
                if not dim.HasField("dim_value")
            ]
            for value in graph.input
            if value.name not in stored
        }


class Quantized:
    """A model quantized by a recipe: its report, and what is measured of it."""

    def __init__(
        self, model: Model, module: pathlib.Path, weights: pathlib.Path, report: dict
    ):
        self._model, self._module, self._weights, self.report = model, module, weights, report

    def __enter__(self) -> "Quantized":
        return self

    def __exit__(self, *_: object) -> None:
        self._module.unlink()
        self._weights.unlink()

    def results(self, part: str) -> dict[str, np.ndarray]:
        return self._model.results(self._module, self._weights, part)

    def errors(self, part: str) -> tuple[float, float]:
        """SQNR of the only result, and the mean cosine of its rows with those in float."""
        (exact,), (result,) = self._model.exact[part].values(), self.results(part).values()
        return sqnr_db(exact, result), mean_cosine(exact, result)

    def layer_sqnr_db(self, statistics: pathlib.Path) -> float:
        """The mean SQNR of the layers' outputs for the inputs that these are of."""
        report = self._module.with_suffix(f".{statistics.stem}.json")
        self._model.run(
            BUILD / "bin" / "quant-opt", self._module, "-o", os.devnull,
            f"--lowbit-report=weights={self._model.weights} quantized-weights={self._weights}"
            f" statistics={statistics} report={report} table=false",
        )  # fmt: skip
        total = json.loads(report.read_text(encoding="utf-8"))["total"]
        return total["mean_output_sqnr_db"]


def sqnr_db(exact: np.ndarray, result: np.ndarray) -> float:
    return float(10 * np.log10((exact**2).sum() / ((result - exact) ** 2).sum()))


def mean_cosine(exact: np.ndarray, result: np.ndarray) -> float:
    norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(result, axis=1)
    return float(((exact * result).sum(axis=1) / norms).mean())
