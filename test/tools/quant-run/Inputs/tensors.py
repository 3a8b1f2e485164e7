"""Writes and prints small tensor files.

tensors.py FILE NAME=DTYPE:SHAPE:VALUES ...   write .npy, .npz or .safetensors
tensors.py --print FILE                       one line per tensor

SHAPE is like 2x3, or "scalar"; VALUES are like 1,2,-3, or one value for all
elements, or "range" for 0, 1, 2, ...
"""

import json
import struct
import sys

import ml_dtypes
import numpy as np

NAMES = {
    "f64": ("F64", np.float64),
    "f32": ("F32", np.float32),
    "f16": ("F16", np.float16),
    "bf16": ("BF16", ml_dtypes.bfloat16),
    "i64": ("I64", np.int64),
    "i32": ("I32", np.int32),
    "i16": ("I16", np.int16),
    "i8": ("I8", np.int8),
    "u8": ("U8", np.uint8),
    "bool": ("BOOL", np.bool_),
}
BY_STORED = {stored: dtype for stored, dtype in NAMES.values()}


def parse(text):
    name, rest = text.split("=", 1)
    dtype, shape, values = rest.split(":")
    shape = () if shape == "scalar" else tuple(map(int, shape.split("x")))
    count = int(np.prod(shape))
    if values == "range":
        data = np.arange(count)
    else:
        data = np.array([float(value) for value in values.split(",")])
        if data.size == 1:
            data = np.full(count, data[0])
    return name, data.astype(NAMES[dtype][1]).reshape(shape)


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        (stored,) = (s for s, dtype in NAMES.values() if dtype == tensor.dtype)
        begin = len(data)
        data += tensor.tobytes()
        offsets = [begin, len(data)]
        header[name] = {"dtype": stored, "shape": tensor.shape, "data_offsets": offsets}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    if path.endswith(".npy"):
        return {"array": np.load(path)}
    if path.endswith(".npz"):
        return dict(np.load(path))
    with open(path, "rb") as file:
        content = file.read()
    size = struct.unpack_from("<Q", content)[0]
    tensors = {}
    for name, entry in json.loads(content[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            data = content[8 + size + begin : 8 + size + end]
            tensor = np.frombuffer(data, BY_STORED[entry["dtype"]])
            tensors[name] = tensor.reshape(entry["shape"])
    return tensors


def main(arguments):
    if arguments[0] == "--print":
        for name, tensor in read(arguments[1]).items():
            values = [v.item() if hasattr(v, "item") else v for v in tensor.ravel()]
            print(name, tensor.dtype, tensor.shape, *values)
        return
    path, tensors = arguments[0], dict(map(parse, arguments[1:]))
    if path.endswith(".npy"):
        np.save(path, *tensors.values())
    elif path.endswith(".npz"):
        np.savez(path, **tensors)
    else:
        write_safetensors(path, tensors)


main(sys.argv[1:])
