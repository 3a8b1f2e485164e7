"""Encoded tensors of a weights file, decoded with numpy alone: affine codes in rows."""

import re

import numpy as np
from safetensors import safe_open

SCALES = {"f32": np.float32, "f16": np.float16}


def unpack(rows, count, bits, signed):
    """Codes of rows of bytes, the first in the lowest bits."""
    stream = np.unpackbits(rows, axis=-1, bitorder="little")[..., : count * bits]
    weights = 1 << np.arange(bits)
    codes = stream.reshape(*rows.shape[:-1], count, bits) @ weights
    return np.where(signed & (codes >> (bits - 1) == 1), codes - (1 << bits), codes)


class Stored:
    """Codes, scales, zero points and values of a matrix, one for each element."""

    def __init__(self, path, name):
        with safe_open(path, "np") as file:
            metadata = file.metadata()
            text = metadata[f"lowbit.encoding:{name}"]
            shape = tuple(map(int, metadata[f"lowbit.shape:{name}"].split("x")))
            part = {
                key.rsplit(".", 1)[1]: file.get_tensor(key)
                for key in file.keys()
                if key.rsplit(".", 1)[0] == name
            }
        match = re.fullmatch(
            r"#lowbit.encoding<#lowbit.affine<([iu])(\d+)>, scale = (f\d+) per "
            r"(?:axis<(\d)>|group<(\d+)> along (\d)|(tensor))(, zero_point = .\d+)?>",
            text,
        )
        self.text, self.shape = text, shape
        self.signed, self.bits = match[1] == "i", int(match[2])
        self.block = list(shape)
        if match[4]:
            self.block[int(match[4])] = 1
        elif match[5]:
            axis = int(match[6])
            self.block = [1, 1]
            self.block[axis] = int(match[5])
        self.codes = unpack(part["codes"], shape[1], self.bits, self.signed)
        self.scale_shape = part["scales"].shape
        grid = np.indices(shape)
        index = tuple(
            grid[a] // self.block[a] for a in (0, 1) if self.block[a] != shape[a] or match[5]
        )
        self.index = index
        self.scales = part["scales"].astype(np.float32)[index] + np.zeros(shape, np.float32)
        self.zeros = np.zeros(shape, np.int64)
        if match[8]:
            zeros = unpack(part["zero_points"], self.scale_shape[-1], self.bits, self.signed)
            self.zeros = zeros[index]
        self.values = self.scales * (self.codes - self.zeros).astype(np.float32)
        self.bytes = sum(array.nbytes for array in part.values())

    def clipped(self, original):
        """Values that a wider range of codes would give another code."""
        low = -(1 << (self.bits - 1)) if self.signed else 0
        high = low + (1 << self.bits) - 1
        exact = original.astype(np.float64) / self.scales + self.zeros
        return (exact < low - 0.5) | (exact > high + 0.5)
