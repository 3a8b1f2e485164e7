# ===- stored.py - what model files store ---------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Tensors of a file with their sizes, from headers alone."""

from __future__ import annotations

import json
import math
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

from lowbit.failure import Failure

# Bits of the element types of safetensors, and of IR.
SAFETENSORS_BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8,
    "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16,
    "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64,
    "U64": 64,
}  # fmt: skip
FLOATS = {"F16", "BF16", "F32", "F64"}
# The types of safetensors, IR and ONNX whose tensors quant-opt encodes.
ENCODABLE = {
    "F16", "BF16", "F32", "f16", "bf16", "f32", "float16", "bfloat16", "float",
}  # fmt: skip
LARGEST_HEADER = 100_000_000


@dataclass(frozen=True)
class Weight:
    """How a layer sums over a tensor: along an axis, and a window in filters."""

    axis: int
    window: tuple[int, ...] = ()
    is_filter: bool = False


@dataclass
class Stored:
    """One tensor, or one encoded tensor with all its parts."""

    name: str
    encoding: str
    shape: tuple[int, ...]
    bytes: int
    is_float: bool = False
    # Of floats that a layer could have encoded.
    weight: Weight | None = None


def weight_of(dtype: str, shape: tuple[int, ...], axis: int) -> Weight | None:
    """What a tensor is, by its shape: a matrix that is summed over along `axis`,
    or a filter [outputs, inputs, window...]. None where it is no weight, or of a
    type that quant-opt leaves."""
    rank = len(shape)
    if dtype not in ENCODABLE:
        return None
    if rank == 2:
        return Weight(axis)
    if not 3 <= rank <= 5:
        return None
    # A depthwise convolution sums over its window alone.
    first = 2 if rank > 3 and shape[1] == 1 else 1
    return Weight(first, tuple(range(first + 1, rank)), is_filter=True)


@dataclass
class StoredModel:
    """What a file stores, by name."""

    path: Path
    tensors: list[Stored] = field(default_factory=list)
    # The axis that is summed over: groups lie along it.
    axis: int = 1

    def bytes(self) -> int:
        return sum(tensor.bytes for tensor in self.tensors)

    def by_encoding(self) -> dict[str, tuple[int, int, int]]:
        """Tensors, elements and bytes of each encoding, in order of bytes."""
        sums: dict[str, tuple[int, int, int]] = {}
        for tensor in self.tensors:
            count, elements, size = sums.get(tensor.encoding, (0, 0, 0))
            elements += math.prod(tensor.shape)
            sums[tensor.encoding] = (count + 1, elements, size + tensor.bytes)
        return dict(sorted(sums.items(), key=lambda item: (-item[1][2], item[0])))


def _header(path: Path) -> dict:
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if len(start) < 8:
                raise Failure(f"'{path}' is no safetensors file: it has no header")
            size = struct.unpack("<Q", start)[0]
            if size > LARGEST_HEADER:
                raise Failure(f"'{path}' is no safetensors file: its header is too long")
            text = file.read(size)
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Failure(f"'{path}' is no safetensors file: {error}") from error
    if not isinstance(header, dict):
        raise Failure(f"'{path}' is no safetensors file: its header is no object")
    return header


def _read_shard(path: Path, tensors: dict, metadata: dict) -> None:
    header = _header(path)
    found = header.pop("__metadata__", {})
    if isinstance(found, dict):
        metadata.update(found)
    for name, entry in header.items():
        try:
            dtype, shape = entry["dtype"], tuple(map(int, entry["shape"]))
            bits = SAFETENSORS_BITS[dtype]
        except (TypeError, KeyError, ValueError) as error:
            raise Failure(f"'{path}': tensor '{name}' has no known type and shape") from error
        tensors[name] = (dtype, shape, math.prod(shape) * bits // 8)


def _read_index(path: Path, tensors: dict, metadata: dict) -> None:
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        shards = sorted(set(index["weight_map"].values()))
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(f"'{path}' is no index of a sharded set: it has no weight_map") from error
    for shard in shards:
        if Path(shard).name != shard:
            raise Failure(f"'{path}': the shard '{shard}' is no plain file name")
        _read_shard(path.parent / shard, tensors, metadata)


def _parse_shape(text: str) -> tuple[int, ...]:
    return () if text == "scalar" else tuple(map(int, text.split("x")))


PARTS = (
    "codes", "scales", "nested_scales", "zero_points", "offsets", "codebook",
    "positions", "bitmap",
)  # fmt: skip


def read_safetensors(path: Path) -> StoredModel:
    """A file or the index of a sharded set; encoded tensors are one each."""
    tensors: dict[str, tuple[str, tuple[int, ...], int]] = {}
    metadata: dict[str, str] = {}
    (_read_index if path.suffix == ".json" else _read_shard)(path, tensors, metadata)
    model = StoredModel(path)
    for key, encoding in sorted(metadata.items()):
        if not key.startswith("lowbit.encoding:"):
            continue
        name = key.removeprefix("lowbit.encoding:")
        parts = [tensors.pop(f"{name}.{part}", None) for part in PARTS]
        if not any(parts):
            continue
        try:
            shape = _parse_shape(metadata[f"lowbit.shape:{name}"])
        except (KeyError, ValueError) as error:
            raise Failure(f"'{path}': the metadata give '{name}' no shape") from error
        size = sum(part[2] for part in parts if part)
        model.tensors.append(Stored(name, encoding, shape, size))
    for name, (dtype, shape, size) in sorted(tensors.items()):
        is_float = dtype in FLOATS
        weight = weight_of(dtype, shape, model.axis)
        model.tensors.append(Stored(name, dtype, shape, size, is_float, weight))
    return model


# A global of any kind: its name and, at the end of the line, its type.
GLOBAL = re.compile(
    r'^ *ml_program\.global [^@]*@(?P<name>"[^"]*"|[\w.$-]+)\(.*: tensor<'
    r"(?P<shape>(?:\d+x)*)(?P<type>[a-zA-Z]\w*)>(?: loc\(.*\))?$",
    re.MULTILINE,
)
# The codes of an encoded tensor, and the type that is assembled from them.
LOAD = re.compile(
    r'(?P<value>%\S+) = ml_program\.global_load_const @(?P<name>"[^"]*"|[\w.$-]+)'
)
ASSEMBLE = re.compile(
    r"lowbit\.assemble (?P<value>%[^\s,]+).* tensor<(?P<shape>(?:\d+x)*)[a-z]+\d+, "
    r"(?P<encoding>#.*)>(?: loc\(.*\))?$",
    re.MULTILINE,
)
ALIAS = re.compile(r"^(?P<alias>#\w+) = (?P<encoding>#lowbit\.encoding<.*>)$", re.MULTILINE)
IR_FLOATS = {"f16", "bf16", "f32", "f64"}
# The layers whose weights have more than two axes, and the weight.
LAYER = re.compile(
    r"linalg\.(?P<op>batch_matmul|\w*conv_\w+)(?P<maps>(?:(?!linalg\.)[^%])*?)"
    r"ins\(%[^,]+, (?P<value>%[^\s,:]+)"
)


def _type_bits(name: str) -> int | None:
    match = re.fullmatch(r"[su]?i(\d+)|bf(\d+)|f(\d+)\w*", name)
    return int(next(filter(None, match.groups()))) if match else None


def _shape_of(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split("x") if size)


def _assembled(text: str) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and encoding of each encoded weight, by the name of its parts."""
    aliases = {match["alias"]: match["encoding"] for match in ALIAS.finditer(text)}
    loads = {match["value"]: match["name"].strip('"') for match in LOAD.finditer(text)}
    found = {}
    for match in ASSEMBLE.finditer(text):
        name = loads.get(match["value"], "")
        if name.endswith(".codes"):
            encoding = aliases.get(match["encoding"], match["encoding"])
            found[name.removesuffix(".codes")] = (_shape_of(match["shape"]), encoding)
    return found


def _uses(text: str) -> dict[str, str]:
    """The op that takes each global as its weight, if it is one of LAYER."""
    loads = {match["value"]: match["name"].strip('"') for match in LOAD.finditer(text)}
    return {
        loads[match["value"]]: match["op"] + (" turned" if "affine_map" in match["maps"] else "")
        for match in LAYER.finditer(text)
        if match["value"] in loads
    }


def _weight_in(op: str, rank: int) -> Weight | None:
    """How an op sums over its weight, by its name: f, g and m are outputs, c inputs."""
    if op == "batch_matmul":
        return Weight(1)
    letters = op.rpartition("_")[2]
    if len(letters) != rank or not set(letters) <= set("fgcmdhw"):
        return None
    window = [i for i, letter in enumerate(letters) if letter in "dhw"]
    # A depthwise convolution sums over its window alone.
    axis = window.pop(0) if op.startswith("depthwise") else letters.index("c")
    return Weight(axis, tuple(window), is_filter=True)


def read_ir(path: Path) -> StoredModel:
    """The globals of a module's text; those that are parts of one are one."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Failure(
            f"'{path}' is no text; write it with: quant-opt {path.name} -o text.mlir"
        ) from error
    model = StoredModel(path, axis=0)
    names: dict[str, tuple[tuple[int, ...], str, int]] = {}
    for match in GLOBAL.finditer(text):
        shape = _shape_of(match["shape"])
        bits = _type_bits(match["type"])
        if bits is None:
            raise Failure(f"'{path}': a global has elements of type {match['type']}")
        size = math.prod(shape) * -(-bits // 8)
        names[match["name"].strip('"')] = (shape, match["type"], size)
    for name, (shape, encoding) in sorted(_assembled(text).items()):
        parts = [names.pop(f"{name}.{part}", None) for part in PARTS]
        if not any(parts):
            continue
        size = sum(part[2] for part in parts if part)
        model.tensors.append(Stored(name, encoding, shape, size))
    uses = _uses(text)
    for name, (shape, dtype, size) in sorted(names.items()):
        is_float = dtype in IR_FLOATS
        weight = weight_of(dtype, shape, model.axis)
        if weight and name in uses and len(shape) > 2:
            weight = _weight_in(uses[name], len(shape))
        model.tensors.append(Stored(name, dtype, shape, size, is_float, weight))
    if not model.tensors:
        raise Failure(f"'{path}' has no globals: weights in constants are not counted")
    return model


def read_onnx(path: Path) -> StoredModel:
    """The initializers of a graph; external data is not opened."""
    try:
        import onnx
    except ImportError as error:
        raise Failure("ONNX files need the package onnx: pip install onnx") from error
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    except Exception as error:  # protobuf has several
        raise Failure(f"'{path}' is not an ONNX file") from error
    model = StoredModel(path, axis=0)
    for tensor in sorted(graph.initializer, key=lambda t: t.name):
        name = onnx.TensorProto.DataType.Name(tensor.data_type).lower()
        bits = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize * 8
        if match := re.fullmatch(r"(?:uint|int|float)([24])(?:e2m1)?", name):
            bits = int(match[1])
        shape = tuple(tensor.dims)
        size = -(-math.prod(shape) * bits // 8)
        is_float = name in ("float", "float16", "bfloat16", "double")
        weight = weight_of(name, shape, model.axis)
        model.tensors.append(Stored(tensor.name, name, shape, size, is_float, weight))
    return model


def read_model(path: Path) -> StoredModel:
    """A model file, by the end of its name."""
    if path.suffix == ".onnx":
        return read_onnx(path)
    if path.suffix == ".mlir":
        return read_ir(path)
    if path.suffix in (".safetensors", ".json"):
        return read_safetensors(path)
    raise Failure(
        f"'{path}': name a .safetensors, .safetensors.index.json, .mlir or .onnx file"
    )
