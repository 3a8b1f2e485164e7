# ===- gaussian_formats.py - table 1: formats on Gaussian data ------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Signal to noise of each format and granularity on Gaussian data, in dB.

The data are N(0, 1) in rows of 4096, so that a row is a channel of a usual weight.
SQNR is 10 log10(sum x^2 / sum e^2). References of blocks are the same measure in
numpy, with plain loops over scales, of other 4M samples: to 0.1 dB, which is what is
left of the sampling. For symmetric codes of b bits they follow

    SQNR ~ 4.77 + 20 log10(2^b - 2) - 20 log10(max / sigma)

as long as steps are small: 6 dB per bit, and less for larger blocks, whose largest
value lies further out. One scale for the tensor depends on a single value, the
sample's own maximum: its reference is the exact expectation for that scale.
Searches are held against others that know positive scales only, or stop in a local
minimum, so theirs are lower bounds.
"""

import math

import numpy as np

from lowbit import numerics as nm

from .rows import Row

TABLE = 1
ROW = 4096
#: What references are rounded to, at 4M samples.
TOLERANCE = 0.1

#: Scheme: codec, format's keywords, method, {block: reference}.
SCHEMES = {
    "INT8 symmetric": ("i8", {}, "rtn", {
        4096: 41.2, 1024: 42.1, 256: 43.1, 128: 43.8, 64: 44.5, 32: 45.4, 16: 46.6}),
    "INT8 asymmetric": ("u8", {"zero_point": True}, "rtn", {
        4096: 41.7, 256: 43.8, 128: 44.6, 64: 45.4, 32: 46.5, 16: 47.8}),
    "INT4 symmetric": ("i4", {}, "rtn", {
        4096: 16.1, 1024: 16.9, 256: 18.0, 128: 18.6, 64: 19.4, 32: 20.3, 16: 21.4}),
    "INT4 symmetric, MSE search": ("i4", {}, "mse", {
        4096: 19.3, 256: 19.6, 128: 19.9, 64: 20.5, 32: 21.3, 16: 22.5}),
    "INT4 asymmetric": ("u4", {"zero_point": True}, "rtn", {
        4096: 17.1, 256: 19.2, 128: 20.0, 64: 20.8, 32: 21.9, 16: 23.2}),
    "INT3 symmetric": ("i3", {}, "rtn", {
        4096: 8.7, 1024: 9.5, 256: 10.6, 128: 11.3, 64: 12.0, 32: 12.9, 16: 14.0}),
    "INT3 asymmetric": ("u3", {"zero_point": True}, "rtn", {
        4096: 10.5, 256: 12.6, 128: 13.3, 64: 14.2, 32: 15.2, 16: 16.5}),
    "INT2 symmetric": ("i2", {}, "rtn", {
        4096: 0.8, 1024: 1.2, 256: 1.9, 128: 2.3, 64: 2.9, 32: 3.6, 16: 4.7}),
    "INT2 asymmetric": ("u2", {"zero_point": True}, "rtn", {
        4096: 3.3, 256: 5.3, 128: 6.0, 64: 6.8, 32: 7.8, 16: 9.1}),
    "INT2, MSE search": ("i2", {}, "mse", {
        4096: 6.6, 256: 7.8, 128: 8.1, 64: 8.3, 32: 8.6, 16: 9.0}),
    "NF4": ("nf4", {}, "rtn", {
        4096: 19.2, 1024: 19.6, 256: 20.1, 128: 20.4, 64: 20.7, 32: 21.2}),
    "FP4 of bitsandbytes": ("fp4_bnb", {}, "rtn", {256: 17.4, 128: 17.8, 64: 18.3, 32: 18.9}),
    "E2M1": ("f4E2M1FN", {}, "rtn", {128: 19.3, 64: 19.5, 32: 19.9, 16: 20.5}),
}  # fmt: skip

#: Presets, whose blocks are part of them.
PRESETS = {"q4_0": 21.3, "q8_0": 45.4, "mxfp4": 18.8, "nf4-g64-dq": 20.7}

#: k-means with 16 levels for each block, from the levels of Lloyd and Max.
KMEANS = {64: 22.8, 128: 21.9, 256: 21.3, 1024: 20.6, 4096: 20.33, 16384: 20.25}

#: Max, Quantizing for Minimum Distortion, 1960, table I.
LLOYD_MAX = {2: 4.40, 4: 9.30, 8: 14.62, 16: 20.22, 32: 26.01}

#: Symmetric codes with one scale for all: bits.
PER_TENSOR = {"INT8 symmetric": 8, "INT4 symmetric": 4, "INT3 symmetric": 3,
              "INT2 symmetric": 2}  # fmt: skip


def predicted_sqnr(bits: int, largest: float) -> float:
    """SQNR of N(0, 1) under the scale largest / (2^(bits - 1) - 1).

    The exact expectation: over the cell [a, b] of a level q,
    E[(x - q)^2] = (1 + q^2) P - (b - 2 q) phi(b) + (a - 2 q) phi(a).
    """
    top = 2 ** (bits - 1) - 1
    scale = largest / top

    def density(x):
        return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) if math.isfinite(x) else 0.0

    def moment(x, level):
        return (x - 2 * level) * density(x) if math.isfinite(x) else 0.0

    error = 0.0
    for code in range(-top, top + 1):
        level = code * scale
        low = -math.inf if code == -top else level - scale / 2
        high = math.inf if code == top else level + scale / 2
        # erfc keeps the digits of far cells.
        flip = -1 if code < 0 else 1
        ends = sorted((flip * low / math.sqrt(2), flip * high / math.sqrt(2)))
        share = (math.erfc(ends[0]) - math.erfc(ends[1])) / 2
        error += (1 + level * level) * share - moment(high, level) + moment(low, level)
    return -10 * math.log10(error)


def rows(options):
    generator = np.random.default_rng(20260101)
    x = generator.standard_normal((options.samples // ROW, ROW), np.float32)
    tolerance = TOLERANCE * math.sqrt((1 << 22) / options.samples)

    def row(case, format, reference, method=None, bound=""):
        sqnr = nm.quantize(x, format, method).errors(x).sqnr_db
        return Row(case, "sqnr_db", sqnr, reference, tolerance, bound)

    for scheme, bits in PER_TENSOR.items():
        # The sample has its own maximum, but also its own tails: much as for blocks.
        reference = predicted_sqnr(bits, float(abs(x).max()))
        yield row(f"{scheme}, tensor", nm.Format(f"i{bits}"), reference)
    for scheme, (codec, keywords, method, references) in SCHEMES.items():
        for block, reference in references.items():
            format = nm.Format(codec, nm.per_group(block, axis=1), **keywords)
            bound = ">=" if method == "mse" else ""
            yield row(f"{scheme}, g{block}", format, reference, method, bound)
    for name, reference in PRESETS.items():
        yield row(name, nm.preset(name), reference)
    yield row("binary, tensor", nm.Format("binary", range="mean"), LLOYD_MAX[2])
    pattern = nm.pattern(2, 4, axis=1)
    yield row("2:4 by magnitude", nm.Format("bf16", scale="one", sparsity=pattern), 8.78)
    for block, reference in KMEANS.items():
        blocks = (max(1, block // ROW), min(block, ROW))
        yield row(
            f"k-means 16, {block} values a book",
            nm.Format(nm.Books(16, block=blocks)), reference, bound=">=",
        )  # fmt: skip
    for count, reference in LLOYD_MAX.items():
        distortion = nm.gaussian_distortion(nm.lloyd_max_levels(count))
        value = -10 * math.log10(distortion)
        yield Row(f"Lloyd-Max, {count} levels", "sqnr_db", value, reference, 0.01)
