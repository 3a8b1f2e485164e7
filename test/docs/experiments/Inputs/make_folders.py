"""Writes small folders in the formats of Fashion-MNIST, EMNIST and CIFAR-10, and
broken ones: make_folders.py DIR. Each image is dark or bright, which is its label."""

import gzip
import pathlib
import struct
import sys

import numpy as np

target = pathlib.Path(sys.argv[1])
random = np.random.default_rng(0)


def samples(count, size):
    labels = (np.arange(count) % 2).astype(np.uint8)
    images = random.integers(0, 100, (count, size), np.uint8) + labels[:, None] * 150
    return images.astype(np.uint8), labels


def idx(array):
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx_folder(name, prefix, test, pack, suffix, labels_off=0):
    folder = target / name
    folder.mkdir()
    for half, count in (("train", 300), (test, 100)):
        images, labels = samples(count, 16)
        for kind, data in (
            ("images-idx3", idx(images.reshape(-1, 4, 4))),
            ("labels-idx1", idx(labels[labels_off:])),
        ):
            (folder / f"{prefix}{half}-{kind}-ubyte{suffix}").write_bytes(pack(data))
    return folder


idx_folder("fashion", "", "t10k", gzip.compress, ".gz")
idx_folder("emnist-letters", "emnist-letters-", "test", bytes, "")
idx_folder("uneven", "", "t10k", bytes, "", labels_off=1)
short = idx_folder("short", "", "t10k", bytes, "") / "train-images-idx3-ubyte"
short.write_bytes(short.read_bytes()[:100])
text = idx_folder("text", "", "t10k", bytes, "") / "train-labels-idx1-ubyte"
text.write_bytes(b"labels\n")
for name in ("cifar", "cifar-short"):
    folder = target / name
    folder.mkdir()
    for batch, count in (("data_batch_1", 150), ("data_batch_2", 150), ("test_batch", 100)):
        images, labels = samples(count, 3072)
        (folder / f"{batch}.bin").write_bytes(np.column_stack([labels, images]).tobytes())
(target / "cifar-short" / "data_batch_1.bin").write_bytes(bytes(3000))
(target / "empty").mkdir()
