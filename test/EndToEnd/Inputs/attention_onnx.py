# ===- attention_onnx.py - ONNX's Attention, imported and run -------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`attention_onnx.py DIRECTORY NAME...` writes models of one Attention, imports
them, raises what they are, and compares the results with those of ONNX's own
reference."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnx.reference
from onnx import TensorProto as T
from onnx import helper

SIZES = {"b": 2, "s": 5}
Q, K, V = (2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 6)
PAST = {"pk": (2, 3, 4, 8), "pv": (2, 3, 4, 6)}
OPEN = ("b", 3, "s", 8)
CASES = {
    "plain": {},
    "scaled": {"scale": 0.3},
    "causal": {"is_causal": 1},
    "grouped": {"q": (2, 6, 5, 8), "softcap": 2.0},
    "bool_mask": {"m": (5, 7), "mask_type": T.BOOL},
    "float_mask": {"m": (2, 1, 5, 7), "is_causal": 1},
    "short_mask": {"m": (5, 4), "mask_type": T.BOOL},
    "joined": {"q": (2, 5, 32), "k": (2, 7, 16), "v": (2, 7, 12),
               "q_num_heads": 4, "kv_num_heads": 2, "is_causal": 1},
    "past": {**PAST, "is_causal": 1},
    "open": {"q": OPEN, "k": OPEN, "v": OPEN, "is_causal": 1},
    "opset_23": {"opset": 23, "k": (2, 3, 5, 8), "v": (2, 3, 5, 6), "is_causal": 1},
}  # fmt: skip


def make(q=Q, k=K, v=V, m=None, pk=None, pv=None, mask_type=T.FLOAT, opset=24, **attrs):
    shapes = {"q": q, "k": k, "v": v, "m": m, "pk": pk, "pv": pv}
    names = [name if shape else "" for name, shape in shapes.items()]
    while not names[-1]:
        names.pop()
    outputs = ["y", "new_k", "new_v"] if pk else ["y"]
    node = helper.make_node("Attention", names, outputs, "/attn/Attention", **attrs)
    inputs = [
        helper.make_tensor_value_info(
            name, mask_type if name == "m" else T.FLOAT, shapes[name]
        )
        for name in names
        if name
    ]
    results = [helper.make_tensor_value_info(name, T.FLOAT, None) for name in outputs]
    return helper.make_model(
        helper.make_graph([node], "attention", inputs, results),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=10,
    )


def feed(model):
    random = np.random.default_rng(1)
    for value in model.graph.input:
        kind = value.type.tensor_type
        shape = [d.dim_value or SIZES[d.dim_param] for d in kind.shape.dim]
        yield value.name, (
            random.random(shape) > 0.3
            if kind.elem_type == T.BOOL
            else random.standard_normal(shape, np.float32)
        )


def run(*command):
    return subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    ).stdout


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or CASES:
        model = make(**CASES[name])
        inputs = dict(feed(model))
        if name == "bool_mask":
            inputs["m"][2] = False
        results = onnx.reference.ReferenceEvaluator(model).run(None, inputs)
        np.savez(out / "in.npz", **inputs)
        outputs = [value.name for value in model.graph.output]
        np.savez(out / "out.npz", **dict(zip(outputs, results)))
        onnx.save(model, out / "m.onnx")
        run(sys.executable, "-m", "lowbit.importer", "--quiet", out / "m.onnx",
            "-o", out / "m.mlir", "--weights", out / "w.safetensors")  # fmt: skip
        run("quant-opt", out / "m.mlir", "--lowbit-normalize-contractions",
            "--canonicalize", "--cse", "--lowbit-raise-attention", "--canonicalize",
            "--cse", "-o", out / "raised.mlir")  # fmt: skip
        text = (out / "raised.mlir").read_text()
        (line,) = [x for x in text.splitlines() if "lowbit.attention" in x]
        print(f"{name}:{line.split('lowbit.attention')[1]}", flush=True)
        if "linalg.batch_matmul" in text:
            sys.exit("a product is left")
        run("quant-run", out / "raised.mlir", "--weights", out / "w.safetensors",
            "--input", out / "in.npz", "--compare", out / "out.npz",
            "--tolerance=1e-5")  # fmt: skip


main()
