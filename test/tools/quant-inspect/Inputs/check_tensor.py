"""Compares what quant-inspect shows of tensors with numpy.

check_tensor.py FOLDER QUANTIZED NAME...
"""

import csv
import io
import json
import math
import subprocess
import sys

import numpy as np
from safetensors.numpy import load_file
from stored_numpy import Stored

folder, quantized, names = sys.argv[1], sys.argv[2], sys.argv[3:]
reference = load_file(f"{folder}/w.safetensors")


def inspect(*arguments):
    command = ["quant-inspect", f"{folder}/{quantized}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


for name in names:
    stored, before = Stored(f"{folder}/q.safetensors", name), reference[name]
    after = stored.values
    first = before.shape[1] - 2
    rows, columns = slice(14, 20), slice(first, first + 2)
    window = ["--tensor", name, "--rows=14:20", f"--columns={first}:"]
    against = f"--against={folder}/w.safetensors"
    found = json.loads(inspect(*window, against, "--json"))
    assert found["shape"] == list(before.shape)
    assert found["codes"] == stored.codes[rows, columns].tolist()
    assert np.array_equal(np.array(found["values"], np.float32), after[rows, columns])
    counts = {row["code"]: row["count"] for row in found["code_counts"]}
    values, numbers = np.unique(stored.codes, return_counts=True)
    assert sum(counts.values()) == before.size and len(counts) == 2**stored.bits
    assert all(counts[v] == n for v, n in zip(values.tolist(), numbers.tolist()))
    blocks = {}
    for i in range(14, 20):
        for j in range(first, first + 2):
            place = tuple(int(index[i, j]) for index in stored.index)
            blocks[place] = (float(stored.scales[i, j]), int(stored.zeros[i, j]))
    assert len(found["blocks"]) == len(blocks)
    for block in found["blocks"]:
        scale, zero = blocks[tuple(block["block"])]
        assert block["scale"] == scale and block.get("zero_point", 0) == zero, block
    assert np.array_equal(
        np.array(found["against"]["values"], np.float32), before[rows, columns]
    )
    error = (after - before).astype(np.float64)
    sqnr = 10 * math.log10((before.astype(np.float64) ** 2).sum() / (error**2).sum())
    assert math.isclose(found["against"]["sqnr_db"], sqnr, rel_tol=1e-6)
    assert found["against"]["clipped"] == int(stored.clipped(before).sum())

    lines = list(csv.DictReader(io.StringIO(inspect(*window, against, "--csv"))))
    assert len(lines) == 12
    for line in lines:
        place = int(line["row"]), int(line["column"])
        assert int(line["code"]) == stored.codes[place]
        assert np.float32(line["value"]) == after[place]
        assert np.float32(line["original"]) == before[place]
        assert np.float32(line["scale"]) == stored.scales[place]
print(len(names), "tensors as numpy has them")
