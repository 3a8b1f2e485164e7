# ===- make_tensors.py - weights, inputs and results of small models -------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`make_tensors.py KIND DIRECTORY` writes there what one of the tests needs.

weights.safetensors, or a sharded set and its index; inputs `in.ROWS.npz` for
some numbers of rows, and what numpy computes from them, `out.ROWS.npz`.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

RANDOM = np.random.default_rng(1)
ROWS = (1, 5, 33)


def normal(*shape, dtype=np.float32):
    return RANDOM.normal(0, 1, shape).astype(dtype)


def linear_weights(dtype=np.float32):
    return {
        "fc1.weight": normal(72, 80, dtype=dtype),
        "fc1.bias": normal(72),
        "fc2.weight": normal(24, 72, dtype=dtype),
    }


def write_linear_runs(directory, tensors):
    w1, b1, w2 = (tensor.astype(np.float32) for tensor in tensors.values())
    for rows in ROWS:
        x = normal(rows, 80)
        np.savez(directory / f"in.{rows}.npz", x=x)
        y = np.maximum(x @ w1.T + b1, 0) @ w2.T
        np.savez(directory / f"out.{rows}.npz", y=y)


def linear(directory):
    tensors = linear_weights()
    save_file(tensors, directory / "weights.safetensors")
    write_linear_runs(directory, tensors)


def linear_f16(directory):
    tensors = linear_weights(np.float16)
    save_file(tensors, directory / "weights.safetensors")
    write_linear_runs(directory, tensors)


def linear_sharded(directory):
    tensors = linear_weights()
    shards = {"fc1.weight": 1, "fc1.bias": 2, "fc2.weight": 2}
    files = {shard: f"weights-0000{shard}-of-00002.safetensors" for shard in (1, 2)}
    for shard, file in files.items():
        part = {name: t for name, t in tensors.items() if shards[name] == shard}
        save_file(part, directory / file)
    index = {
        "metadata": {"total_size": sum(t.nbytes for t in tensors.values())},
        "weight_map": {name: files[shard] for name, shard in shards.items()},
    }
    (directory / "weights.safetensors.index.json").write_text(json.dumps(index))
    write_linear_runs(directory, tensors)


def tied(directory):
    table = normal(130, 48)
    save_file({"wte.weight": table}, directory / "weights.safetensors")
    for rows in ROWS:
        ids = RANDOM.integers(0, 130, rows).astype(np.int64)
        np.savez(directory / f"in.{rows}.npz", ids=ids)
        np.savez(directory / f"out.{rows}.npz", logits=np.tanh(table[ids]) @ table.T)


def assertions(directory):
    """Vectors of equal and of different length; the last has a zero."""
    for name, size in (("short", 3), ("long", 4), ("big", 20011)):
        np.save(directory / f"{name}.npy", np.ones(size, np.float32))
    zero = np.ones(20011, np.float32)
    zero[-1] = 0
    np.save(directory / "zero.npy", zero)


if __name__ == "__main__":
    kinds = (linear, linear_f16, linear_sharded, tied, assertions)
    makers = {kind.__name__: kind for kind in kinds}
    out = Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    makers[sys.argv[1]](out)
