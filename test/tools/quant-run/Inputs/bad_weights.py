"""Writes safetensors files that are wrong, into a folder."""

import json
import pathlib
import struct
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def write(name, header, data=b"\0" * 8, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = struct.pack("<Q", len(text) if length is None else length)
    (folder / (name + ".safetensors")).write_bytes(size + text + data)


def tensor(begin=0, end=8, dtype="F32", shape=(2,)):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


bias = "layer.bias"
write("truncated", {bias: tensor()}, b"\0" * 4)
write("length", {bias: tensor()}, length=1 << 62)
write("json", b'{"layer.bias": ')
write("range", {bias: tensor(8, 1 << 40)})
write("overlap", {bias: tensor(), "other": tensor(4, 12)}, b"\0" * 12)
write("size", {bias: tensor(shape=(3,))})
write("dtype", {bias: tensor(dtype="F33")})
write("wrong-name", {"layer.bais": tensor()})
write("far-name", {"encoder": tensor()})
write("wrong-shape", {bias: tensor(shape=(1, 2))})
write("wrong-dtype", {bias: tensor(dtype="I32")})
(folder / "short.safetensors").write_bytes(b"\1\2\3")
(folder / "empty.safetensors").write_bytes(b"")
