# ===- raise_layer.py - one attention of a real ONNX model ----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`raise_layer.py MODEL DIRECTORY` takes the first attention, with its weights, out
of the text model that a folder in site-packages holds, imports it with batch and
sequence open, raises it, and compares it with what ONNX Runtime computes; then the
same with the kernels for a GPU, on the emulator."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper


def take_attention(graph):
    """Nodes from `hidden` states and `mask` to the `joined` heads, and their weights."""
    made_by = {name: node for node in graph.node for name in node.output}
    first = next(i for i, n in enumerate(graph.node) if n.op_type == "Softmax")
    end = next(n for n in graph.node[first:] if n.op_type == "Reshape").output[0]
    scores = made_by[graph.node[first].input[0]]
    names = {
        next(n for n in graph.node if n.op_type == "LayerNormalization").output[0]: "hidden",
        next(x for x in scores.input if made_by[x].op_type == "Mul"): "mask",
    }
    needed, left = set(), [end]
    while left:
        name = left.pop()
        if name not in names and name not in needed:
            needed.add(name)
            left += made_by[name].input if name in made_by else []
    names[end] = "joined"
    nodes = [n for n in graph.node if n.output[0] in needed]
    for node in nodes:
        node.input[:] = [names.get(x, x) for x in node.input]
        node.output[:] = [names.get(x, x) for x in node.output]
    return nodes, [w for w in graph.initializer if w.name in needed]


def run(*command):
    print(end="", flush=True)
    subprocess.run([str(part) for part in command], check=True)


def main():
    out = Path(sys.argv[2])
    folder = Path(sysconfig.get_paths()["purelib"]) / sys.argv[1]
    (onnx_file,) = folder.rglob("*.onnx")
    whole = onnx.load(onnx_file)
    nodes, weights = take_attention(whole.graph)
    shapes = {"hidden": ["b", "s", 384], "mask": ["b", 1, 1, "s"], "joined": None}
    *inputs, output = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
    graph = helper.make_graph(nodes, "layer", inputs, [output], weights)
    part = helper.make_model(
        graph, opset_imports=whole.opset_import, ir_version=whole.ir_version
    )
    onnx.save(part, out / "layer.onnx")
    random = np.random.default_rng(3)
    values = {
        "hidden": random.standard_normal((2, 11, 384), np.float32),
        "mask": np.where(np.arange(11) < [[[[11]]], [[[6]]]], 0, -3.4e38).astype("f"),
    }
    session = onnxruntime.InferenceSession(out / "layer.onnx")
    (expected,) = session.run(None, values)
    np.savez(out / "in.npz", **values)
    np.savez(out / "out.npz", joined=expected)
    model, raised, file = out / "m.mlir", out / "raised.mlir", out / "w.safetensors"
    run(sys.executable, "-m", "lowbit.importer", "--quiet", out / "layer.onnx", "-o",
        model, "--weights", file)  # fmt: skip
    clean = ["--canonicalize", "--cse"]
    run("quant-opt", model, "--lowbit-normalize-contractions", *clean,
        "--lowbit-raise-attention", *clean, "-o", raised)  # fmt: skip
    text = raised.read_text()
    (line,) = [x for x in text.splitlines() if "lowbit.attention" in x]
    print(line.split("lowbit.attention")[1])
    print(f"{text.count('linalg.batch_matmul')} products of activations")
    for path, options in ((raised, ["--tolerance=1e-5"]),
                          (model, ["--device=emulator", "--attention-element=f16",
                                   "--tolerance=0.005"])):  # fmt: skip
        run("quant-run", path, f"--weights={file}", f"--input={out / 'in.npz'}",
            f"--compare={out / 'out.npz'}", *options)  # fmt: skip


main()
