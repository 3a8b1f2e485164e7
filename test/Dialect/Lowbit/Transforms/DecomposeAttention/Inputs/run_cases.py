# ===- run_cases.py - attention as it runs, beside its definition ---------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Runs cases of lowbit.attention, with static and with dynamic shapes.

usage: run_cases.py FOLDER LOWERING [NAME...]
"""

import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from cases import CASES
from reference import attention

I8 = "#lowbit.affine<i8>, scale = f32 per axis<{axes}>"
ENCODINGS = {
    "i8": ("#lowbit.affine<i8>", 127, None),
    "i4": ("#lowbit.affine<i4>", 7, None),
    "f8": ("#lowbit.float<f8E4M3FN>", 448, ml_dtypes.float8_e4m3fn),
}
TYPES = {
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "bool": "i1",
    "int32": "i32",
    "int64": "i64",
}


def encode(x, kind):
    """What the encoded tensor, with a scale for each token and head, denotes."""
    _, largest, small = ENCODINGS[kind]
    top = np.abs(x).max(axis=-1, keepdims=True).astype(np.float32)
    scale = np.where(top == 0, np.float32(1), top / np.float32(largest))
    codes = x / scale
    codes = np.rint(codes) if small is None else codes.astype(small)
    return codes.astype(np.float32) * scale


def tensor(shape, dtype, dynamic, suffix=""):
    sizes = "".join(f"{'?' if d else n}x" for n, d in zip(shape, dynamic))
    return f"tensor<{sizes}{TYPES[str(dtype)]}{suffix}>"


def open_axes(name, shape, joined):
    """Which axes are dynamic: neither heads, nor what is broadcast."""
    if name in ("q", "k", "v"):
        return [True, True, False] if joined else [True, False, True, False]
    if name in ("past_k", "past_v"):
        return [True, False, True, False]
    if name == "mask":
        axes = [True, False, True, True][4 - len(shape) :]
        return [a and n != 1 for a, n in zip(axes, shape)]
    return [name != "slopes"] * len(shape)


class Module:
    """The text of a function that runs one case."""

    def __init__(self, case, dynamic):
        self.case, self.dynamic = case, dynamic
        self.types, self.body, self.names = {}, [], {}
        for name in INPUTS:
            if name not in case:
                continue
            shape = case[name].shape
            axes = [dynamic and a for a in open_axes(name, shape, "heads" in case)]
            self.types[name] = tensor(shape, case[name].dtype, axes)
            self.names[name] = f"%{name}"
            kind = case.get("encode", {}).get(name)
            if kind:
                encoded = f"{self.types[name][:-1]}, #{kind}{len(shape)}>"
                self.body.append(
                    f"%{name}_e = lowbit.encode %{name} : {self.types[name]} to {encoded}"
                )
                self.types[name], self.names[name] = encoded, f"%{name}_e"

    def clause(self, word, *names):
        if names[0] not in self.case:
            return ""
        values = ", ".join(self.names[n] for n in names)
        return f" {word}({values} : {', '.join(self.types[n] for n in names)})"

    def text(self, outputs):
        c = self.case
        op = f"lowbit.attention {', '.join(self.names[n] for n in 'qkv')}"
        if "heads" in c:
            op += f" heads [{c['heads'][0]}, {c['heads'][1]}]"
        op += f" scale = {c['scale']:.17e}"
        if "soft_cap" in c:
            op += f" soft_cap = {c['soft_cap']:e}"
        op += " causal" if c.get("causal") else ""
        if "window" in c:
            op += f" window [{c['window'][0]}, {c['window'][1]}]"
        op += " top_left" if c.get("top_left") else ""
        op += self.clause("mask", "mask") + self.clause("alibi", "slopes")
        op += self.clause("past", "past_k", "past_v")
        op += self.clause("kv_lengths", "lengths")
        op += self.clause("query_offsets", "q_offsets")
        op += self.clause("key_offsets", "k_offsets") + self.clause("pages", "pages")
        types = self.output_types(outputs)
        op += f" : {', '.join(self.types[n] for n in 'qkv')} -> {types['y']}"
        if "present_k" in outputs:
            op += f" present({types['present_k']}, {types['present_v']})"
        op += f" lse({types['lse']})"
        results = ", ".join(f"%r{n}" for n in range(len(outputs)))
        head = "".join(
            f"#{kind}{rank} = #lowbit.encoding<{codec}, scale = f32 per axis<"
            f"{', '.join(map(str, range(rank - 1)))}>>\n"
            for kind, (codec, _, _) in ENCODINGS.items()
            for rank in (3, 4)
        )
        plain = {n: t.split(", #")[0].rstrip(">") + ">" for n, t in self.types.items()}
        arguments = ", ".join(
            f'%{n}: {t} {{lowbit.name = "{n}"}}' for n, t in plain.items()
        )
        returned = ", ".join(f'{types[n]} {{lowbit.name = "{n}"}}' for n in outputs)
        body = "\n  ".join([*self.body, f"{results} = {op}"])
        return (
            f"{head}func.func @main({arguments}) -> ({returned}) {{\n  {body}\n"
            f"  return {results} : {', '.join(types[n] for n in outputs)}\n}}\n"
        )

    def output_types(self, outputs):
        types = {}
        for name, value in outputs.items():
            axes = [True, True, False] if name == "y" and value.ndim == 3 else (
                [True, False, True, False][: value.ndim]
            )
            types[name] = tensor(
                value.shape, value.dtype, [self.dynamic and a for a in axes]
            )
        return types


INPUTS = (
    "q k v mask slopes past_k past_v lengths q_offsets k_offsets pages".split()
)


def save(path, arrays):
    # NumPy's files know bf16 as two bytes without a name.
    np.savez(path, **{n: a for n, a in arrays.items()})


def run(folder, lowering, name, case):
    element = case["q"].dtype
    real = dict(case)
    for operand, kind in case.get("encode", {}).items():
        real[operand] = encode(case[operand].astype(np.float32), kind).astype(element)
    y, lse, k, v = attention(real)
    outputs = {"y": y.astype(element)}
    if "past_k" in case:
        outputs |= {"present_k": k.astype(element), "present_v": v.astype(element)}
    outputs["lse"] = lse.astype(np.float32)
    save(folder / "in.npz", {n: case[n] for n in INPUTS if n in case})
    save(folder / "out.npz", outputs)
    tolerance = {"float32": "1e-5", "float16": "2e-3", "bfloat16": "2e-2"}
    for dynamic in (False, True):
        model = folder / "model.mlir"
        model.write_text(Module(case, dynamic).text(outputs))
        command = ["quant-run", model, f"--lowering={lowering}"]
        command += [f"--input={folder / 'in.npz'}", f"--compare={folder / 'out.npz'}"]
        command += [f"--tolerance={tolerance[str(element)]}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(model.read_text(), done.stdout, done.stderr, sep="\n")
            sys.exit(f"{name} ({'dynamic' if dynamic else 'static'}) failed")
    print(f"{name} ok")


def main():
    folder, lowering, *names = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names or CASES:
        run(Path(folder), lowering, name, CASES[name]())


main()
