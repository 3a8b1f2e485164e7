"""Checks each number of a report against numpy.

check_measures.py FOLDER REPORT moments|channels|none
"""

import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file
from stored_numpy import Stored

folder = pathlib.Path(sys.argv[1])
report = json.loads((folder / sys.argv[2]).read_text())
kind = sys.argv[3]
originals = load_file(folder / "w.safetensors")
x = np.load(folder / "x.npy").astype(np.float64)


def decibel(signal, error):
    return 10 * math.log10(signal / error)


def near(found, expected, tolerance=1e-6):
    assert found is not None and math.isclose(found, expected, rel_tol=tolerance), (
        found, expected)  # fmt: skip


def measures(before, after):
    error = after - before
    mse = (error**2).mean()
    return {
        "mse": mse,
        "sqnr_db": decibel((before**2).sum(), (error**2).sum()),
        "psnr_db": decibel(np.abs(before).max() ** 2, mse),
        "max_error": np.abs(error).max(),
        "cosine": (before * after).sum()
        / math.sqrt((before**2).sum() * (after**2).sum()),
    }


def check_blocks(weight, stored, before, after):
    sums = np.zeros((2, *stored.scale_shape))
    largest = np.zeros(stored.scale_shape)
    np.add.at(sums[0], stored.index, before**2)
    np.add.at(sums[1], stored.index, (after - before) ** 2)
    np.maximum.at(largest, stored.index, np.abs(after - before))
    sqnr = 10 * np.log10(sums[0] / sums[1])
    order = np.argsort(sqnr, axis=None, kind="stable")[:5]
    assert len(weight["worst_blocks"]) == 5
    for block, place in zip(weight["worst_blocks"], order):
        place = np.unravel_index(place, stored.scale_shape)
        assert tuple(block["block"]) == tuple(map(int, place)), (block, place)
        near(block["sqnr_db"], sqnr[place])
        near(block["max_error"], largest[place])


def check_histogram(histogram, before, after):
    bars = len(histogram["before"])
    assert bars == len(histogram["after"]) and 32 < bars <= 64
    edges = histogram["begin"] + histogram["width"] * np.arange(bars + 1)
    assert math.log2(histogram["width"]).is_integer()
    for side, values in (("before", before), ("after", after)):
        # A bar below zero has its upper end.
        values = np.where(values < 0, np.nextafter(values, -np.inf), values)
        assert np.histogram(values, edges)[0].tolist() == histogram[side], side


for weight in report["weights"]:
    name = weight["name"]
    stored = Stored(folder / "q.safetensors", name)
    before = originals[name].astype(np.float64)
    after = stored.values.astype(np.float64)
    assert weight["source"] == name and weight["encoding"] == stored.text
    assert weight["shape"] == list(before.shape)
    assert weight["elements"] == before.size
    assert weight["bytes_before"] == originals[name].nbytes
    assert weight["bytes_after"] == stored.bytes
    near(weight["bits_per_weight"], 8 * stored.bytes / before.size, 1e-12)
    for key, value in measures(before, after).items():
        near(weight[key], value)
    near(weight["clipped_share"] + 1, stored.clipped(before).mean() + 1)
    assert weight["pruned_share"] == 0 == weight["not_finite_before"]
    check_blocks(weight, stored, before, after)
    check_histogram(weight["histogram"], before, after)
assert any(weight["clipped_share"] > 0 for weight in report["weights"])

outputs = []
by_name = {weight["name"]: weight for weight in report["weights"]}
for layer in report["layers"]:
    weight = by_name[layer["weight"]]
    for key in ("sqnr_db", "psnr_db", "mse", "max_error", "cosine", "clipped_share"):
        assert layer[key] == weight[key], key
    if kind == "none" or layer["name"] == "unseen":
        assert layer["output_sqnr_db"] is None is layer["output_error_from"]
        continue
    before = originals[layer["weight"]].astype(np.float64)
    after = Stored(folder / "q.safetensors", layer["weight"]).values.astype(np.float64)
    if layer["name"] == "turned":
        before, after = before.T, after.T
    if kind == "moments":
        assert layer["output_error_from"] == "gram"
        expected = decibel(((x @ before) ** 2).sum(), ((x @ (after - before)) ** 2).sum())
    else:
        assert layer["output_error_from"] == "uncorrelated channels"
        squares = (x**2).sum(0) - len(x) * x.mean(0) ** 2
        powers = [
            len(x) * ((x.mean(0) @ w) ** 2).sum() + (squares @ w**2).sum()
            for w in (before, after - before)
        ]
        expected = decibel(*powers)
    near(layer["output_sqnr_db"], expected, 1e-4)
    outputs.append(expected)

total = report["total"]
names = [weight["name"] for weight in report["weights"]]
before = np.concatenate([originals[n].ravel() for n in names]).astype(np.float64)
after = np.concatenate(
    [Stored(folder / "q.safetensors", n).values.ravel() for n in names]
).astype(np.float64)
for key, value in measures(before, after).items():
    near(total[key], value)
assert total["measured_elements"] == before.size and total["layers"] == 3
if outputs:
    near(total["mean_output_sqnr_db"], np.mean(outputs), 1e-4)
else:
    assert total["mean_output_sqnr_db"] is None
print("all as numpy has it")
