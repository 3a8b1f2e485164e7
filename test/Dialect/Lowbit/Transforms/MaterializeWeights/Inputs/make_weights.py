"""Writes the weights of slices.mlir: values are small multiples of powers of two."""

import json
import struct
import sys

ROWS, COLUMNS = 301, 17
VALUES = [(i * 37 % 101 - 50) / 64 for i in range(ROWS * COLUMNS)]


def changed(place, value):
    values = list(VALUES)
    values[place[0] * COLUMNS + place[1]] = value
    return values


def bf16(values):
    return b"".join(struct.pack("<f", v)[2:] for v in values)


def pack(letter, values):
    return struct.pack(f"<{len(values)}{letter}", *values)


MATRIX = [ROWS, COLUMNS]
tensors = {
    "single": ("F32", MATRIX, pack("f", VALUES)),
    "other": ("F32", MATRIX, pack("f", VALUES[::-1])),
    "other.huge": ("F32", MATRIX, pack("f", changed((300, 5), 1e8))),
    "bfloat": ("BF16", MATRIX, bf16(VALUES)),
    "bfloat.nan": ("BF16", MATRIX, bf16(changed((200, 7), float("nan")))),
    "half": ("F16", [len(VALUES)], pack("e", VALUES)),
}

header, offset = {}, 0
for name, (dtype, shape, data) in tensors.items():
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
    offset += len(data)
text = json.dumps(header).encode()
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for _, _, data in tensors.values():
        file.write(data)
