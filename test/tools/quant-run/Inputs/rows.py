"""Samples for collect.mlir, and the rows that its layers read.

rows.py DIRECTORY
"""

import os
import sys

import numpy as np


def main():
    directory = sys.argv[1]

    def path(name):
        return os.path.join(directory, name)

    random = np.random.default_rng(7)
    # Small integers: every product and sum is exact in f32.
    x = random.integers(-4, 5, (70, 3, 8)).astype(np.float32)
    np.savez(path("first.npz"), x=x[:50])
    np.savez(path("second.npz"), x=x[50:])
    np.save(path("all.npy"), x)
    w = (np.arange(8 * 6).reshape(8, 6) % 5 - 2).astype(np.float32)
    rows = x.reshape(-1, 8)
    hidden = np.maximum(rows @ w, 0)
    np.savez(path("rows.npz"), query=rows, key=rows, head=hidden)
    # The model takes two images at a time; there is one too many.
    images = random.integers(-4, 5, (5, 3, 6, 6)).astype(np.float16)
    np.savez(path("images.npz"), x=images)
    pixels = images[:4].transpose(0, 2, 3, 1).reshape(-1, 3)
    np.savez(path("pixels.npz"), conv=pixels)
    # Each of three rounds sees the columns of the whole.
    steps = random.integers(-4, 5, (4, 5)).astype(np.float32)
    np.save(path("steps.npy"), steps)
    np.savez(path("observed.npz"), round=np.tile(steps.T, (3, 1)), half=steps[:2])
    bad = x.copy()
    bad[40, 2, 5] = np.nan
    np.savez(path("bad.npz"), x=bad)


if __name__ == "__main__":
    main()
