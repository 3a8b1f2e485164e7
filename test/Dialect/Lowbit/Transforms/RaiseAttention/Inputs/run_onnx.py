# ===- run_onnx.py - attention of ONNX models, beside its definition ------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Imports ONNX models of attention, raises it, and runs it on the CPU and the emulator.

usage: run_onnx.py FOLDER ELEMENT GROUP KNOWN...

KNOWN is "known" sizes, or what is open: "batch", "sequences", or "both". All forms of a
group are one model. Each must become one lowbit.attention, and its results are held
against numpy's in f64.
"""

import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ELEMENTS = {"f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16}
BOUNDS = {"f32": 2e-3, "f16": 3e-3, "bf16": 3e-2}
SIZES = {"b": 2, "s": 5, "t": 9, "p": 4}
OPEN = {"known": "", "batch": "b", "sequences": "stp", "both": "bstp"}
SIZE = 16
random = np.random.default_rng(11)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def attention(rank, heads, groups, **options):
    """One Attention node; `mask` is its type and axes, `keys` the keys' symbol."""
    return {"rank": rank, "heads": heads, "groups": groups, **options}


NODES = {
    f"n{rank}{heads}{groups}{'c' if causal else ''}": attention(
        rank, heads, groups, causal=causal, keys="s" if causal else "t"
    )
    for rank in (3, 4)
    for heads, groups in ((2, 2), (4, 2))
    for causal in (False, True)
}
MASKS = {
    "cap": attention(3, 4, 2, cap=3.0, keys="t"),
    "bool": attention(4, 4, 2, mask=(bool, "st"), keys="t"),
    "float": attention(3, 2, 2, mask=(None, "b1st"), keys="t"),
    "both": attention(4, 2, 2, mask=(bool, "b1st"), causal=True, keys="s"),
    "past": attention(4, 2, 2, past=True, causal=True, keys="s"),
}
PLAIN = {
    name: attention(rank, heads, groups, plain=form, keys="t")
    for name, rank, heads, groups, form in (
        ("p3", 3, 1, 1, "scores"), ("p4", 4, 2, 2, "scores"), ("f4", 4, 2, 2, "factors"),
        ("w4", 4, 2, 2, "wide"), ("g4", 4, 4, 2, "scores"),
    )
}
GROUPS = {"nodes": NODES, "masks": MASKS, "plain": PLAIN}


def plain(name, form, element):
    """MatMul, Softmax, MatMul, with what exporters write around them."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(ELEMENTS[element]))
    scale = numpy_helper.from_array(np.array(0.25, ELEMENTS[element]), f"{name}_c")
    root = numpy_helper.from_array(np.array(0.5, ELEMENTS[element]), f"{name}_h")
    k, v, nodes, weights = f"{name}_k", f"{name}_v", [], [scale, root]
    if form["groups"] != form["heads"]:
        # What is repeated for a group of heads has a shape that is computed.
        repeats = form["heads"] // form["groups"]
        for i, x in enumerate((k, v)):
            dims = [f"{x}_d{j}" for j in range(4)]
            weights += [
                numpy_helper.from_array(np.array([n], np.int64), f"{x}_{what}")
                for what, n in (("two", 2), ("n", repeats), ("h", form["heads"]))
            ]
            nodes += [node("Shape", x, d, start=j, end=j + 1) for j, d in enumerate(dims)]
            nodes += [
                node("Unsqueeze", f"{x} {x}_two", f"{x}_u"),
                node("Concat", f"{dims[0]} {dims[1]} {x}_n {dims[2]} {dims[3]}", f"{x}_es", axis=0),
                node("Expand", f"{x}_u {x}_es", f"{x}_e"),
                node("Concat", f"{dims[0]} {x}_h {dims[2]} {dims[3]}", f"{x}_rs", axis=0),
                node("Reshape", f"{x}_e {x}_rs", f"{x}_r"),
            ]
        k, v = f"{k}_r", f"{v}_r"
    order = [0, 2, 1] if form["rank"] == 3 else [0, 1, 3, 2]
    nodes.append(node("Transpose", k, f"{name}_kt", perm=order))
    q, kt, scores, weighed = f"{name}_q", f"{name}_kt", f"{name}_s", f"{name}_w"
    if form["plain"] == "factors":
        nodes += [node("Mul", f"{x} {name}_h", f"{x}_x") for x in (q, kt)]
        q, kt = f"{q}_x", f"{kt}_x"
    nodes.append(node("MatMul", f"{q} {kt}", scores))
    if form["plain"] != "factors":
        nodes.append(node("Mul", f"{scores} {name}_c", f"{scores}_x"))
        scores = f"{scores}_x"
    if form["plain"] == "wide":
        nodes.append(node("Cast", scores, f"{scores}_f", to=TensorProto.FLOAT))
        nodes.append(node("Softmax", f"{scores}_f", f"{weighed}_f", axis=-1))
        nodes.append(node("Cast", f"{weighed}_f", weighed, to=kind))
    else:
        nodes.append(node("Softmax", scores, weighed, axis=-1))
    nodes.append(node("MatMul", f"{weighed} {v}", name))
    return nodes, weights


def operands(form, element):
    """Axes and element types of what a form reads, by name."""
    q, kv = ("b", form["heads"]), ("b", form["groups"])
    keys, own = form["keys"], ELEMENTS[element]
    if form["rank"] == 3:
        axes = {
            "q": ("b", "s", q[1] * SIZE), "k": ("b", keys, kv[1] * SIZE),
            "v": ("b", keys, kv[1] * SIZE),
        }
    else:
        axes = {"q": (*q, "s", SIZE), "k": (*kv, keys, SIZE), "v": (*kv, keys, SIZE)}
    inputs = {n: (a, own) for n, a in axes.items()}
    if "mask" in form:
        kind, mask = form["mask"]
        mask = tuple(1 if a == "1" else keys if a == "t" else a for a in mask)
        inputs["m"] = (mask, kind or own)
    if "past" in form:
        inputs["pk"] = inputs["pv"] = ((*kv, "p", SIZE), own)
    return inputs


def definition(form, x):
    """Attention in f64, from arrays [batch, heads, rows, size] or joined ones."""
    x = {n: a if a.dtype == bool else a.astype(np.float64) for n, a in x.items()}

    def split(a, heads):
        if form["rank"] == 4:
            return a
        return a.reshape(*a.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    q, k, v = (split(x[n], form["heads" if n == "q" else "groups"]) for n in "qkv")
    past = 0
    if "past" in form:
        past = x["pk"].shape[2]
        k, v = np.concatenate((x["pk"], k), 2), np.concatenate((x["pv"], v), 2)
    repeats = form["heads"] // form["groups"]
    k, v = np.repeat(k, repeats, 1), np.repeat(v, repeats, 1)
    scores = np.einsum("bhid,bhjd->bhij", q, k) * 0.25
    if "cap" in form:
        scores = form["cap"] * np.tanh(scores / form["cap"])
    if "m" in x:
        scores = np.where(x["m"], scores, -np.inf) if x["m"].dtype == bool else scores + x["m"]
    if form.get("causal"):
        rows, columns = np.indices(scores.shape[2:])
        scores = np.where(columns <= rows + past, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    result = weights / weights.sum(-1, keepdims=True) @ v
    if form["rank"] == 4:
        return result
    return result.transpose(0, 2, 1, 3).reshape(*x["q"].shape[:2], -1)


def build(forms, element, known):
    """The model, its inputs, and what it should give."""
    nodes, values, weights, arrays, wanted = [], [], [], {}, {}
    for name, form in forms.items():
        own = {}
        for operand, (axes, kind) in operands(form, element).items():
            shape = [SIZES.get(a, a) for a in axes]
            if kind is bool:
                own[operand] = random.random(shape) < 0.6
                own[operand][..., 0] = True
            else:
                own[operand] = random.standard_normal(shape).astype(kind)
            dims = [a if isinstance(a, str) and a in OPEN[known] else SIZES.get(a, a) for a in axes]
            element_type = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
            values.append(helper.make_tensor_value_info(f"{name}_{operand}", element_type, dims))
            arrays[f"{name}_{operand}"] = own[operand]
        wanted[name] = definition(form, own)
        if "plain" in form:
            more = plain(name, form, element)
            nodes += more[0]
            weights += more[1]
            continue
        names = [f"{name}_{o}" if o in own else "" for o in ("q", "k", "v", "m", "pk", "pv")]
        while not names[-1]:
            names.pop()
        attributes = {"scale": 0.25}
        if form["rank"] == 3:
            attributes |= {"q_num_heads": form["heads"], "kv_num_heads": form["groups"]}
        if "cap" in form:
            attributes["softcap"] = form["cap"]
        if form.get("causal"):
            attributes["is_causal"] = 1
        nodes.append(helper.make_node("Attention", names, [name], f"/{name}", **attributes))
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(ELEMENTS[element]))
    outputs = [helper.make_tensor_value_info(n, kind, None) for n in forms]
    graph = helper.make_graph(nodes, "test", values, outputs, weights)
    opset = [helper.make_opsetid("", 24)]
    return helper.make_model(graph, opset_imports=opset, ir_version=11), arrays, wanted


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")
    return done.stderr


def check(folder, element, group, known):
    forms = GROUPS[group]
    model, arrays, wanted = build(forms, element, known)
    stem = str(folder / f"{group}-{element}-{known}")
    onnx.save(model, f"{stem}.onnx")
    # Files of numpy have no bf16: its bits are the upper half of those of f32.
    bits = {n: a.view(np.uint16) if element == "bf16" and a.itemsize == 2 else a for n, a in arrays.items()}
    np.savez(f"{stem}.npz", **bits)
    run(sys.executable, "-m", "lowbit.importer", f"{stem}.onnx", "-o", f"{stem}.mlir",
        "--weights", f"{stem}.safetensors", "--quiet")
    said = run("quant-opt", f"{stem}.mlir", "--lowbit-normalize-contractions",
               "--lowbit-raise-attention", "-o", f"{stem}.raised.mlir")
    raised = Path(f"{stem}.raised.mlir").read_text().count("lowbit.attention ")
    if raised != len(forms):
        sys.exit(f"{stem}: {raised} of {len(forms)} raised: {said}")
    worst = {}
    element_option = ["--attention-element=f16"] if element == "f32" else []
    for device in ("cpu", "emulator"):
        options = [] if device == "cpu" else ["--device=emulator", "--device-fallback", *element_option]
        run("quant-run", f"{stem}.raised.mlir", f"--weights={stem}.safetensors", "--input",
            f"{stem}.npz", "--output", f"{stem}.{device}.npz", *options)
        results = np.load(f"{stem}.{device}.npz")
        for name, want in wanted.items():
            got = results[name]
            got = got.view(ELEMENTS[element]) if got.dtype == np.uint16 else got
            error = np.abs(got.astype(np.float64) - want).max() / np.abs(want).max()
            if not error <= BOUNDS[element]:
                sys.exit(f"{stem}: {name} on {device} is off by {error}")
            worst[device] = max(worst.get(device, 0), error)
    print(f"{group} {element} {known}: {raised} raised, cpu and emulator agree")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for known in sys.argv[4:]:
        check(folder, sys.argv[2], sys.argv[3], known)
