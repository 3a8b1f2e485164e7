"""Data of filters.mlir, and what its layers lose.

filters.py make FOLDER
filters.py check FOLDER BETTER WORSE DECIBELS LAYER...
filters.py report FOLDER REPORT EXACT RESULTS
filters.py patches FOLDER STATISTICS
"""

import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

folder = pathlib.Path(sys.argv[2])
CHANNELS = 2.0 ** (np.arange(8) % 4)


def smooth(generator, *shape):
    """Neighbours along all axes but the first two are alike, and so are channels."""
    x = generator.standard_normal(shape)
    for axis in range(1, len(shape)):
        x = x + 0.9 * np.roll(x, 1, axis)
    return x


def inputs(samples, seed):
    generator = np.random.default_rng(seed)
    x = smooth(generator, samples, 8, 9, 9) * CHANNELS[:, None, None]
    y = np.moveaxis(smooth(generator, samples, 8, 9, 9), 1, 3) * CHANNELS
    a = np.moveaxis(smooth(generator, samples, 8, 5), 1, 2) * CHANNELS
    tensors = {"x": x, "y": y, "v": x.reshape(samples, 2, 4, 9, 9), "a": a}
    return {name: value.astype(np.float32) for name, value in tensors.items()}


def make():
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    shapes = {
        "conv": (16, 8, 3, 3), "last": (3, 3, 8, 12), "pixel": (12, 8, 1, 1),
        "depth": (3, 3, 8), "groups": (2, 6, 4, 3, 3), "batch": (4, 8, 16),
    }  # fmt: skip
    weights = {n: generator.standard_normal(s).astype(np.float32) for n, s in shapes.items()}
    save_file(weights, folder / "w.safetensors")
    np.savez(folder / "samples.npz", **inputs(64, 1))
    np.savez(folder / "in.npz", **inputs(4, 2))


def lost(name, results):
    exact = np.load(folder / "exact.npz")[name].astype(np.float64)
    error = np.load(folder / f"{results}.npz")[name] - exact
    return 10 * math.log10((exact**2).sum() / (error**2).sum())


def check(better, worse, decibels, *layers):
    for layer in layers:
        gain = lost(layer, better) - lost(layer, worse)
        assert gain >= float(decibels), (layer, better, worse, gain)
    print(better, "loses less than", worse)


def report(name, exact, results):
    """Where they are of what is summed over, errors are those of the outputs."""
    for layer in json.loads((folder / name).read_text())["layers"]:
        found, real = layer["output_sqnr_db"], lost(layer["name"], results)
        isExact = layer["name"] in exact.split(",")
        isPooled = layer["name"] in ("groups", "batch")
        source = "gram" if isExact else "gram of all parts" if isPooled else "uncorrelated channels"
        assert layer["output_error_from"] == source, layer
        bound = 0.02 if isExact else 1 if isPooled else 6
        assert abs(found - real) < bound, (layer["name"], found, real)
    print("errors of all layers")


def patches(name):
    """Rows of a channel's window after the other, at the places of outputs."""
    found = load_file(folder / name)
    x = np.load(folder / "in.npz")
    padded = np.pad(x["x"], ((0, 0), (0, 0), (1, 1), (1, 1)))
    grouped = x["v"].reshape(8, 4, 9, 9)
    for layer, data, size, step, spread in (
        ("conv", padded, 5, 2, 1), ("last", np.moveaxis(x["y"], 3, 1), 5, 1, 2),
        ("groups", grouped, 7, 1, 1),
    ):  # fmt: skip
        rows = [
            data[:, :, h * step : h * step + 3 * spread : spread,
                 w * step : w * step + 3 * spread : spread].reshape(len(data), -1)
            for h in range(size) for w in range(size)
        ]  # fmt: skip
        rows = np.concatenate(rows).astype(np.float64)
        assert found[f"{layer}/patches/rows"] == len(rows)
        expected = (rows.T @ rows)[np.triu_indices(rows.shape[1])]
        np.testing.assert_allclose(
            found[f"{layer}/patches/second_moments"], expected, rtol=1e-4, atol=1e-2
        )
    assert not any(f"{layer}/patches/rows" in found for layer in ("pixel", "depth", "batch"))
    print("patches are those of numpy")


globals()[sys.argv[1]](*sys.argv[3:])
