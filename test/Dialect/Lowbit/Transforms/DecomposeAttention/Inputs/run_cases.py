# ===- run_cases.py - attention as it runs, beside its definition ---------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Runs cases of lowbit.attention beside its definition.

usage: run_cases.py FOLDER LOWERING static|dynamic GROUP...

All cases of some groups are one function. With "emulator" for a lowering kernels of a
GPU compute it, in f16, run by the emulator; cases that they do not compute must be
refused with their reason, each by itself.
"""

import re
import subprocess
import sys
from pathlib import Path

import encoded_cases  # noqa: F401, it adds to CASES
import ml_dtypes
import numpy as np
from cases import CASES
from reference import attention

# Of the encodings of keys: the codec, its largest number, and its type.
ENCODINGS = {
    "i8": ("#lowbit.affine<i8>", 127, None),
    "i4": ("#lowbit.affine<i4>", 7, None),
    "f8": ("#lowbit.float<f8E4M3FN>", 448, ml_dtypes.float8_e4m3fn),
}
TYPES = {"float32": "f32", "float16": "f16", "bool": "i1", "int32": "i32", "int64": "i64"}
INPUTS = "q k v mask slopes past_k past_v lengths q_offsets k_offsets pages".split()
CLAUSES = (
    ("mask", "mask"),
    ("alibi", "slopes"),
    ("past", "past_k", "past_v"),
    ("kv_lengths", "lengths"),
    ("query_offsets", "q_offsets"),
    ("key_offsets", "k_offsets"),
    ("pages", "pages"),
)


def refusal(c):
    """Why no kernel of a GPU computes a case; None if one does."""
    joined = "heads" in c
    codes = c.get("encode", {})
    if "q" in codes:
        return "queries are encoded"
    if "q_offsets" in c and "k_offsets" not in c:
        return "queries have offsets, and keys have none"
    for new in "kv":
        if "past_k" in c and codes.get(new) != codes.get(f"past_{new}"):
            return "are not stored as new ones are"
    for operand, kind in codes.items():
        heads = c["heads"][1] if joined and operand in "kv" else 1
        size = c[operand].shape[-1] // heads
        if size * (4 if kind == "i4" else 8) % 32:
            return "no multiple of their alignment"
    return None


def halve(c):
    """A case whose operands f16 holds."""
    names = [n for n in ("q", "k", "v", "past_k", "past_v") if n in c]
    return c | {n: c[n].astype(np.float16).astype(c[n].dtype) for n in names}


def encode(x, kind):
    """What the encoded tensor, with a scale for each token and head, denotes."""
    _, largest, small = ENCODINGS[kind]
    top = np.abs(x).max(axis=-1, keepdims=True).astype(np.float32)
    scale = np.where(top == 0, np.float32(1), top / np.float32(largest))
    codes = x / scale
    codes = np.rint(codes) if small is None else codes.astype(small)
    return codes.astype(np.float32) * scale


def tensor(array, dynamic):
    sizes = "".join(f"{'?' if d else n}x" for n, d in zip(array.shape, dynamic))
    return f"tensor<{sizes}{TYPES[str(array.dtype)]}>"


def open_axes(name, shape, joined):
    """Which axes are dynamic: neither heads, nor what is broadcast."""
    if name in ("q", "k", "v", "y") and joined:
        return [True, True, False]
    if name == "mask":
        axes = [True, False, True, True][4 - len(shape) :]
        return [a and n != 1 for a, n in zip(axes, shape)]
    if len(shape) >= 3:
        return [True, False, True, False][: len(shape)]
    return [name != "slopes"] * len(shape)


def results_of(case):
    """What the definition says, of operands decoded."""
    element = case["q"].dtype
    real = dict(case)
    for operand, kind in case.get("encode", {}).items():
        real[operand] = encode(case[operand].astype(np.float32), kind).astype(element)
    y, lse, k, v = attention(real)
    results = {"y": y.astype(element)}
    if "past_k" in case:
        results |= {"present_k": k.astype(element), "present_v": v.astype(element)}
    return results | {"lse": lse.astype(np.float32)}


def attributes(c):
    words = []
    if "heads" in c:
        words.append(f"heads [{c['heads'][0]}, {c['heads'][1]}]")
    words.append(f"scale = {c['scale']:.17e}")
    if "soft_cap" in c:
        words.append(f"soft_cap = {c['soft_cap']:e}")
    if c.get("causal"):
        words.append("causal")
    if "window" in c:
        words.append(f"window [{c['window'][0]}, {c['window'][1]}]")
    if c.get("top_left"):
        words.append("top_left")
    return " ".join(words)


class Module:
    """A function that computes all cases."""

    def __init__(self, dynamic):
        self.dynamic = dynamic
        self.arguments, self.results, self.body = [], [], []

    def add(self, prefix, c, results):
        def type_of(name, array):
            axes = open_axes(name, array.shape, "heads" in c)
            return tensor(array, [self.dynamic and a for a in axes])

        types, values = {}, {}
        for name in (n for n in INPUTS if n in c):
            value, kind = f"%{prefix}_{name}", c.get("encode", {}).get(name)
            types[name], values[name] = type_of(name, c[name]), value
            self.arguments.append((value, types[name]))
            if kind:
                encoded = f"{types[name][:-1]}, #{kind}{c[name].ndim}>"
                self.body.append(
                    f"{value}_e = lowbit.encode {value} : {types[name]} to {encoded}"
                )
                types[name], values[name] = encoded, f"{value}_e"
        op = f"lowbit.attention {', '.join(values[n] for n in 'qkv')} {attributes(c)}"
        for word, *names in CLAUSES:
            if names[0] in c:
                op += f" {word}({', '.join(values[n] for n in names)} : "
                op += f"{', '.join(types[n] for n in names)})"
        made = {n: type_of(n, array) for n, array in results.items()}
        op += f" : {', '.join(types[n] for n in 'qkv')} -> {made['y']}"
        if "present_k" in made:
            op += f" present({made['present_k']}, {made['present_v']})"
        names = [f"%{prefix}_{n}" for n in made]
        self.body.append(f"{', '.join(names)} = {op} lse({made['lse']})")
        self.results += zip(names, made.values())

    def text(self):
        def named(pairs, value):
            return ", ".join(
                f'{n + ": " if value else ""}{t} {{lowbit.name = "{n[1:]}"}}'
                for n, t in pairs
            )

        head = "".join(
            f"#{kind}{rank} = #lowbit.encoding<{codec}, scale = f32 per axis<"
            f"{', '.join(map(str, range(rank - 1)))}>>\n"
            for kind, (codec, _, _) in ENCODINGS.items()
            for rank in (3, 4)
        )
        values = ", ".join(n for n, _ in self.results)
        types = ", ".join(t for _, t in self.results)
        return (
            f"{head}func.func @main({named(self.arguments, True)}) -> "
            f"({named(self.results, False)}) {{\n  "
            + "\n  ".join([*self.body, f"return {values} : {types}"])
            + "\n}\n"
        )


def prepare(folder, lowering, dynamic, cases):
    """Writes a model of `cases`, its inputs and what it should give; returns the
    command that runs it."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {name: results_of(case) for name, case in cases.items()}
    np.savez(
        folder / "in.npz",
        **{f"{n}_{i}": c[i] for n, c in cases.items() for i in INPUTS if i in c},
    )
    np.savez(
        folder / "out.npz",
        **{f"{n}_{i}": r for n, rs in expected.items() for i, r in rs.items()},
    )
    module = Module(dynamic)
    for name, case in cases.items():
        module.add(name, case, expected[name])
    model = folder / "model.mlir"
    model.write_text(module.text())
    command = ["quant-run", model, f"--input={folder / 'in.npz'}"]
    if lowering == "emulator":
        return [*command, "--device=emulator", "--attention-element=f16"]
    return [*command, f"--lowering={lowering}"]


def run(folder, lowering, dynamic, cases):
    halves = any(c["q"].dtype == np.float16 for c in cases.values())
    tolerance = "4e-3" if lowering == "emulator" else "2e-3" if halves else "1e-5"
    command = prepare(folder, lowering, dynamic, cases)
    command += [f"--compare={folder / 'out.npz'}", f"--tolerance={tolerance}"]
    subprocess.run(command, check=True)


def refuse(folder, dynamic, name, case):
    command = prepare(folder / name, "emulator", dynamic, {name: case})
    command.append(f"--output={folder / name / 'made.npz'}")
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    reason = f"error: no NVVM kernel: [^;]*{refusal(case)}"
    if done.returncode == 0 or not re.search(reason, done.stderr):
        sys.exit(f"{name} is not refused because {refusal(case)!r}:\n{done.stderr}")
    print(f"{name}: refused: {refusal(case)}")


def main():
    folder, lowering, shapes, *groups = sys.argv[1:]
    folder, dynamic = Path(folder), shapes == "dynamic"
    cases = {n: c for g in groups for n, c in CASES[g].items()}
    if lowering == "emulator":
        cases = {n: halve(c) for n, c in cases.items()}
        for name in [n for n, c in cases.items() if refusal(c)]:
            refuse(folder, dynamic, name, cases.pop(name))
    if cases:
        run(folder, lowering, dynamic, cases)


if __name__ == "__main__":
    main()
