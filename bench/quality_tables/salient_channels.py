# ===- salient_channels.py - table 4: layers with a few large inputs ------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""What AWQ and SmoothQuant gain on layers with 1 % of their inputs 50 times as large.

A Gaussian weight [1024, 256] and 512 rows of Gaussian inputs, of which ten channels
are made large: what large language models look like, and the test bed of both
papers. Gains are those in SQNR of the outputs themselves.
"""

import numpy as np

from lowbit import numerics as nm

from .rows import Row

TABLE = 4
INPUTS, OUTPUTS, ROWS, SHARE, FACTOR = 1024, 256, 512, 100, 50


def _layer():
    generator = np.random.default_rng(20260104)
    w = generator.standard_normal((INPUTS, OUTPUTS), np.float32)
    x = generator.standard_normal((ROWS, INPUTS), np.float32)
    x[:, SHARE // 2 :: SHARE] *= FACTOR
    return x, w


def _sqnr(x, w, test_x, test_w):
    exact = x.astype(np.float64) @ w
    return nm.measure(exact, test_x.astype(np.float64) @ test_w).sqnr_db


def _awq(x, w):
    """Pairs of (name, format): RTN, and what AWQ makes of it."""
    for name, codec, keywords in (
        ("INT4 symmetric", "i4", {}),
        ("INT4 asymmetric", "u4", {"zero_point": True}),
        ("INT3 asymmetric", "u3", {"zero_point": True}),
    ):
        format = nm.Format(codec, nm.per_group(128, axis=0), scale="f16", **keywords)
        nearest = _sqnr(x, w, x, nm.quantize(w, format).decode())
        found = nm.awq_scales([w], format, x).scales[:, None]
        stored = nm.quantize(w * found, format).decode()
        scaled = _sqnr(x, w, x / found[:, 0], stored)
        ranges = nm.awq_ranges(w, format, x, scales=found[:, 0])
        stored = nm.quantize(w * found, format, ranges=ranges).decode()
        clipped = _sqnr(x, w, x / found[:, 0], stored)
        yield Row(f"RTN {name} g128", "sqnr_db", nearest)
        yield Row(f"AWQ {name} g128", "gain_db", scaled - nearest, 5, bound=">=")
        yield Row(f"AWQ {name} g128, clipped", "gain_db", clipped - nearest, 5, bound=">=")


def _smooth(x, w):
    weight_format = nm.Format("i8", nm.per_axis(1))
    scales = nm.smooth_scales([w], abs(x).max(axis=0))
    for name, format in (
        ("per token", nm.Format("i8", nm.per_axis(0))),
        ("per tensor", nm.Format("i8")),
    ):

        def w8a8(scales):
            test_x = nm.quantize(x / scales, format).decode()
            test_w = nm.quantize(w * scales[:, None], weight_format).decode()
            return _sqnr(x, w, test_x, test_w)

        naive = w8a8(np.ones(INPUTS, np.float32))
        yield Row(f"W8A8 {name}", "sqnr_db", naive)
        gain = w8a8(scales) - naive
        yield Row(f"SmoothQuant W8A8 {name}", "gain_db", gain, 11, bound=">=")


def rows(options):
    x, w = _layer()
    yield from _awq(x, w)
    yield from _smooth(x, w)
