# ===- overview.py - parameters by types ----------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The table of parameters by types, and the one of compression."""

from __future__ import annotations

from .encodings import Encoding, parse_encoding
from .tables import Output, fitting_unit, size_text

TYPES = (
    "f32", "f16", "bf16", "fp8", "int8", "int8-codes", "int4-codes", "int4-g128",
    "int4-g128-sym", "int4-g32", "int3-g128", "int2-g64", "nf4-g64", "nf4-g64-dq",
    "mxfp4", "nvfp4", "q4_0", "q8_0", "binary-g64", "int4-g32-sym-2:4",
)  # fmt: skip


def layout_text(encoding: Encoding) -> str:
    """What is stored beside the codes, in words."""
    if encoding.group is None:
        is_coded = encoding.name.endswith("-codes") or encoding.name.startswith("#")
        return "codes alone" if is_coded else "numbers alone"
    per = f"for each {encoding.group}" if encoding.group else "for each output"
    parts = [f"{encoding.scale}-bit scale"]
    if encoding.zero_point:
        parts.append(f"{encoding.zero_point}-bit zero point")
    if encoding.offset:
        parts.append(f"{encoding.offset}-bit offset")
    text = " and ".join(parts) + " " + per
    if encoding.nested:
        per = f"{encoding.nested_block} scales" if encoding.nested_block else "tensor"
        text += f", {encoding.nested} bits for each {per}"
    if encoding.run > 1:
        text += f", {encoding.keep} of {encoding.run} kept with places"
    return text


def show_overview(
    output: Output,
    parameters: list[tuple[str, int]],
    types: list[Encoding] | None,
    unit: str | None,
) -> None:
    encodings = types or [parse_encoding(name) for name in TYPES]
    rows, data = [], []
    unit = unit or fitting_unit(min(count for _, count in parameters))
    for encoding in encodings:
        bits = encoding.asymptotic_bits()
        sizes = [count * bits / 8 for _, count in parameters]
        row = [encoding.name, f"{bits:.3f}", f"{encoding.ratio():.2f}x"]
        row += [size_text(size, unit) for size in sizes]
        rows.append([*row, layout_text(encoding)])
        data.append(
            {
                "type": encoding.name,
                "bits_per_weight": bits,
                "ratio_to_f32": encoding.ratio(),
                "bytes": {name: size for (name, _), size in zip(parameters, sizes)},
            }
        )
    names = [name for name, _ in parameters]
    output.add("types", data)
    output.table(
        f"Weights in {unit}, where all parameters have one type",
        ["type", "bits", "smaller", *names, "~beside the codes"],
        rows,
    )
    if types or "7B" not in names:
        return
    f32, nf4, nested = (
        7e9 * parse_encoding(name).asymptotic_bits() / 8
        for name in ("f32", "nf4-g64", "nf4-g64-dq")
    )
    output.line(
        f"7B parameters in f32 are {size_text(f32, 'GB', 1)} GB; "
        f"NF4 with an f16 scale for each 64 (nf4-g64) makes them "
        f"{size_text(nf4, 'GB', 1)} GB, with nested scales (nf4-g64-dq) "
        f"{size_text(nested, 'GB', 1)} GB."
    )
