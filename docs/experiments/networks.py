# ===- networks.py - recipes measured on a whole model --------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Recipes for layers of one kind, and tables of what they do to a whole model."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A row: how the layers of a model are quantized, as a recipe has it."""

    name: str
    #: A shorthand, or the text of an encoding.
    weight: str
    activation: str = "none"
    method: str | None = None
    scale_inputs: str | None = None

    def recipe(self, op):
        """For layers of this op; the others stay float."""
        keys = {
            "weight": f"'{self.weight}'",
            "activation": self.activation,
            "method": self.method,
            "scale-inputs": self.scale_inputs,
        }
        lines = [f"    {key}: {value}" for key, value in keys.items() if value]
        return "\n".join(
            ["version: 1", "default: none", "rules:", f"  - match: {{op: {op}}}", *lines, ""]
        )


def asymmetric(bits, scales):
    """Codes with zero points; scales as in `per axis<1>`."""
    codec = f"#lowbit.affine<u{bits}>"
    return f"#lowbit.encoding<{codec}, scale = f16 {scales}, zero_point = u{bits}>"


def each_granularity(bits, granularity):
    """A case of each width with each of the scales, which have names."""
    return [
        Case(f"int{width} {name}", asymmetric(width, scales))
        for width in bits
        for name, scales in granularity.items()
    ]


def measure(model, op, cases, columns, *options):
    """Rows of a name, bits per weight and columns(quantized), several at a time."""

    def row(case):
        stem = "".join(c if c.isalnum() else "-" for c in case.name)
        path = model.folder / f"{stem}.yaml"
        path.write_text(case.recipe(op), encoding="utf-8")
        with model.quantize(path, *options) as quantized:
            bits = quantized.report["total"]["bits_per_weight"]
            return [case.name, bits, *columns(quantized)]

    jobs = int(os.environ.get("LOWBIT_JOBS") or os.cpu_count() or 1)
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(row, cases))
