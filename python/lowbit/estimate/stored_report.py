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
from .stored import Stored, StoredModel
from .tables import Output, size_both, size_text


def encoded_bytes(model: StoredModel, encoding: Encoding) -> int:
    """Bytes if every weight that is still of floats had this encoding."""
    return sum(
        encoding.bytes(tensor.shape, tensor.weight.axis, tensor.weight.window)
        if tensor.weight
        else tensor.bytes
        for tensor in model.tensors
    )


def _kind(tensor: Stored) -> str:
    """What a tensor counts as, where a model is encoded."""
    if tensor.weight:
        if tensor.weight.is_filter:
            return "filters"
        return "matrices" if len(tensor.shape) == 2 else "batches of matrices"
    if tensor.encoding.startswith("#"):
        return "encoded already"
    if not tensor.is_float:
        return "not of floats"
    return "vectors and scalars" if len(tensor.shape) < 2 else "of no known layer"


def by_kind(model: StoredModel) -> dict[str, tuple[int, int]]:
    """How many tensors of each kind there are, and their bytes."""
    kinds: dict[str, tuple[int, int]] = {}
    for tensor in model.tensors:
        count, size = kinds.get(_kind(tensor), (0, 0))
        kinds[_kind(tensor)] = (count + 1, size + tensor.bytes)
    return kinds


WEIGHTS = {
    "matrices": ("matrix", "matrices"),
    "filters": ("filter", "filters"),
    "batches of matrices": ("batch of matrices", "batches of matrices"),
}


def _groups_text(model: StoredModel, encoding: Encoding, kinds: dict) -> str:
    """Where groups lie, if the encoding has any."""
    if encoding.group is None:
        return ""
    axis = "last" if model.axis else "first"
    places = [f"along the {axis} axis"] if "matrices" in kinds else []
    if "filters" in kinds:
        places.append("of whole windows in filters")
    return ", groups " + " and ".join(places) if places else ""


def _show_encoded(output: Output, model: StoredModel, encoding: Encoding) -> int:
    """What an encoding makes of the file, and what it leaves."""
    kinds = by_kind(model)
    size, total = encoded_bytes(model, encoding), model.bytes()
    left = {kind: kinds[kind] for kind in sorted(kinds) if kind not in WEIGHTS}
    output.add("encoded_bytes", {encoding.name: size})
    output.add(
        "encoded_weights",
        {kind: kinds[kind][0] for kind in WEIGHTS if kind in kinds},
    )
    output.add(
        "left_out",
        [{"what": kind, "tensors": n, "bytes": bytes} for kind, (n, bytes) in left.items()],
    )
    found = [
        f"{kinds[kind][0]} float {names[kinds[kind][0] != 1]}"
        for kind, names in WEIGHTS.items()
        if kind in kinds
    ]
    if found:
        output.line(
            f"with its {' and '.join(found)} in {encoding.name}"
            f"{_groups_text(model, encoding, kinds)}: {size} bytes, "
            f"{size_both(size)}, {total / size if size else 1:.2f}x smaller"
        )
    else:
        output.line(f"nothing becomes {encoding.name}: no matrix or filter is of floats")
    if left:
        output.line(
            "stays as it is: "
            + ", ".join(f"{kind} ({n}, {bytes} bytes)" for kind, (n, bytes) in left.items())
        )
    return size


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
    return _show_encoded(output, model, encoding)
