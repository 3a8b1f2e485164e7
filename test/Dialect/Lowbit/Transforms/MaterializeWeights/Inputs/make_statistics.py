"""Writes weights of layers and statistics of their inputs, docs/calibration.md.

`make_statistics.py DIRECTORY`: w.safetensors with the tensors `a` and `b`, [24, 16],
whose inputs have neighbouring channels that are alike; s.safetensors with what is known
of them, of layers a, b (no second moments) and few (fewer rows than channels); and
bad.safetensors, of an `a` with 8 channels.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[5] / "EndToEnd/Inputs"))
from statistics_file import save, statistics  # noqa: E402

RANDOM = np.random.default_rng(3)
CHANNELS, OUTPUTS = 24, 16


def rows(count, channels=CHANNELS):
    x = RANDOM.normal(0, 1, (count, channels))
    for k in range(1, channels):
        x[:, k] = 0.95 * x[:, k - 1] + 0.31 * x[:, k]
    return (x * 2.0 ** (np.arange(channels) % 4 - 2)).astype(np.float32)


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    shape = (CHANNELS, OUTPUTS)
    weights = {name: RANDOM.normal(0, 1, shape).astype(np.float32) for name in "ab"}
    holes = weights["a"].copy()
    holes[3, 1], holes[3, 2], holes[20, 0] = np.nan, np.inf, -np.inf
    save_file({**weights, "holes": holes}, out / "w.safetensors")
    x = rows(500)
    np.savez(out / "x.npz", x=x)
    save(
        out / "s.safetensors",
        ("a", statistics("a", x)),
        ("b", statistics("b", rows(100), moments=False)),
        ("few", statistics("few", rows(5))),
    )
    save(out / "bad.safetensors", ("a", statistics("a", rows(50, 8))))


if __name__ == "__main__":
    main()
