# ===- stored_report.py - what a model file stores, shown -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Weights of a file by encoding, and what another encoding would make of them."""

from __future__ import annotations

from .encodings import Encoding
from .stored import StoredModel
from .tables import Output, size_both, size_text


def encoded_bytes(model: StoredModel, encoding: Encoding) -> tuple[int, int]:
    """Bytes if every float matrix had this encoding, and how many there are."""
    total = count = 0
    for tensor in model.tensors:
        if tensor.is_matrix:
            total += encoding.bytes(tensor.shape, model.axis)
            count += 1
        else:
            total += tensor.bytes
    return total, count


def show_stored(
    output: Output, model: StoredModel, encoding: Encoding | None, unit: str
) -> int:
    """Shows the file; gives the bytes of weights, in `encoding` if there is one."""
    rows, data = [], []
    for name, (count, elements, size) in model.by_encoding().items():
        bits = 8 * size / elements if elements else 0.0
        rows.append([name, str(count), str(elements), f"{bits:.3f}", str(size)])
        data.append(
            {"encoding": name, "tensors": count, "elements": elements, "bytes": size}
        )
    rows = [[*row[:4], size_text(float(row[4]), unit, 3), row[4]] for row in rows]
    total = model.bytes()
    output.add("file", str(model.path))
    output.add("stored", data)
    output.add("stored_bytes", total)
    output.table(
        f"Weights in {model.path.name} by encoding",
        ["encoding", "tensors", "values", "bits", unit, "bytes"],
        rows,
    )
    output.line(f"all weights: {total} bytes, {size_both(total)}")
    if encoding is None:
        return total
    size, count = encoded_bytes(model, encoding)
    axis = "last" if model.axis else "first"
    groups = "" if encoding.group is None else f", groups along the {axis} axis"
    output.add("encoded_bytes", {encoding.name: size})
    output.line(
        f"with its {count} float matrices in {encoding.name}{groups}: {size} bytes, "
        f"{size_both(size)}, {total / size if size else 1:.2f}x smaller"
    )
    return size
