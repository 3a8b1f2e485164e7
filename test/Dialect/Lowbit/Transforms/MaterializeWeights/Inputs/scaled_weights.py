# ===- scaled_weights.py - weights that are multiplied before encoding -----=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`scaled_weights.py FILE` writes the weights of products.mlir; with a second file,
checks that this is what materialization makes of them."""

import sys

import numpy as np
from rows_int8 import check, encode
from safetensors import safe_open
from safetensors.numpy import save_file

ROWS, COLUMNS = 40, 6
random = np.random.default_rng(1)
W = random.normal(0, 1, (ROWS, COLUMNS)).astype(np.float32)
HALF = W.astype(np.float16)
GAMMA = random.normal(0, 1, 4).astype(np.float32)
# The factors in products.mlir.
C = np.array([1, 2, 4, 8, 0.3, -1], np.float32)
G = np.array([0.1, 0.2, 0.3, 0.4], np.float32)


def main():
    if len(sys.argv) == 2:
        save_file({"w": W, "half": HALF, "gamma": GAMMA, "big": W}, sys.argv[1])
        return
    with safe_open(sys.argv[2], "np") as file:
        print(sorted(file.keys()))
        print({key: file.metadata()[key] for key in sorted(file.metadata())})
        get = file.get_tensor
        # Each product is rounded to the type that the IR has it in.
        both = W * C * np.float32(3)
        half = (HALF * C.astype(np.float16)).astype(np.float32)
        for name, values in (("w", both), ("half", half)):
            codes, scales = encode(values)
            check(f"{name}.codes", get(f"{name}.codes").view(np.int8), codes)
            check(f"{name}.scales", get(f"{name}.scales"), scales)
        check("w.factors.0", get("w.factors.0"), np.full(ROWS, 3, np.float32))
        check("w.factors.1", get("w.factors.1"), C)
        check("gamma.scaled", get("gamma.scaled"), GAMMA * G)
        check("big.scaled", get("big.scaled"), W * C)


main()
