# ===- decode.py - operands of attention with few queries -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Writes queries, new and past keys and values, and a table of pages."""

import sys

import numpy as np

r = np.random.default_rng(1)
PAST, PAGES = 700, 30


def reals(*shape):
    return r.standard_normal(shape).astype(np.float32)


# Pages in any order, and beyond the lengths what is no page.
table = r.permutation(2 * PAGES).reshape(2, PAGES)
few = np.array([16 * PAGES - 3, 17])
table[1, 2:] = -(2**40)
np.savez(
    sys.argv[1],
    q=reals(2, 4, 3, 40),
    k=reals(2, 2, 3, 40),
    v=reals(2, 2, 3, 40),
    pk=reals(2, 2, PAST, 40),
    pv=reals(2, 2, PAST, 40),
    q3=reals(2, 3, 160),
    k3=reals(2, 3, 80),
    n=np.array([PAST, 5]),
    pool=reals(2 * PAGES, 2, 16, 40),
    table=table,
    few=few.astype(np.int32),
)
