# ===- tensors.py - the elements of ONNX tensors --------------------------=== #
#
# Part of the Lowbit project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Reads tensors of a model that may say one size and hold another."""

from __future__ import annotations

import math
import mmap
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.external_data_helper import ExternalDataInfo

from .errors import ImportFailure


def to_array(tensor: onnx.TensorProto) -> np.ndarray:
    """The elements of a tensor whose data lies in the model itself."""
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:  # numpy's and onnx's own, of several types.
        raise ImportFailure(
            f"tensor '{tensor.name}' does not hold the data that its type and "
            f"shape ask for: {error}"
        ) from error


def external_path(tensor: onnx.TensorProto, directory: Path) -> Path:
    """The file that holds the tensor's data.

    It must be a plain file below the model's own directory: a model must not
    be able to name any file of the machine.
    """
    where = f"the external data of tensor '{tensor.name}'"
    location = {e.key: e.value for e in tensor.external_data}.get("location", "")
    if not location or "\0" in location:
        raise ImportFailure(f"{where} names no file")
    path = (directory / location).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise ImportFailure(f"{where} lies outside the model's directory: '{path}'")
    return path


def _data_size(tensor: onnx.TensorProto) -> int:
    """Bytes of the tensor's data, narrow integers and floats packed."""
    name = onnx.TensorProto.DataType.Name(tensor.data_type)
    if name == "STRING":
        raise ImportFailure(f"tensor '{tensor.name}' holds texts, not numbers")
    narrow = re.search(r"INT([24])$|^FLOAT(4)", name)
    if narrow:
        bits = int(narrow[1] or narrow[2])
    else:
        bits = 8 * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    return (math.prod(tensor.dims) * bits + 7) // 8


def map_external(tensor: onnx.TensorProto, directory: Path) -> np.ndarray:
    """The tensor's bytes in the file that its model names, not read yet."""
    where = f"the external data of tensor '{tensor.name}'"
    path = external_path(tensor, directory)
    size = _data_size(tensor)
    try:
        info = ExternalDataInfo(tensor)
        offset = int(info.offset or 0)
        length = int(info.length or size)
    except ValueError as error:
        raise ImportFailure(f"{where} has a bad offset or length: {error}") from error
    if length != size:
        raise ImportFailure(f"{where} should be {size} bytes, not {length}")
    try:
        with path.open("rb") as file:
            available = path.stat().st_size
            if offset < 0 or offset + size > available:
                raise ImportFailure(
                    f"{where} should be {size} bytes at offset {offset} of "
                    f"'{path.name}', which has {available} bytes"
                )
            if size == 0:
                return np.empty(0, np.uint8)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise ImportFailure(
            f"cannot read {where} from '{path}': {error.strerror}"
        ) from error
    return np.frombuffer(mapped, np.uint8, size, offset)
