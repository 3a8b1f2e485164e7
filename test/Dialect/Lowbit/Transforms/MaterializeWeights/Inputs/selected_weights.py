# ===- selected_weights.py - weights of which some channels are taken ------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`selected_weights.py FILE` writes the weights of selections.mlir; with a second
file, checks that this is what materialization makes of them."""

import sys

import numpy as np
from rows_int8 import check, encode
from safetensors import safe_open
from safetensors.numpy import save_file

ROWS, COLUMNS = 40, 6
random = np.random.default_rng(1)
W = random.normal(0, 1, (ROWS, COLUMNS)).astype(np.float32)
V = random.normal(0, 1, (ROWS, COLUMNS)).astype(np.float16)
# The indices and factors in selections.mlir.
TAKEN = [3, 17, 39]
COLUMNS_TAKEN = [5, 0]
S = np.array([1, 2, 4, 8, 0.3, -1], np.float32)


def main():
    if len(sys.argv) == 2:
        save_file({"w": W, "v": V}, sys.argv[1])
        return
    with safe_open(sys.argv[2], "np") as file:
        print(sorted(file.keys()))
        print({key: file.metadata()[key] for key in sorted(file.metadata())})
        get = file.get_tensor
        mask = np.ones(ROWS, np.float32)
        mask[TAKEN] = 0
        codes, _ = encode(W * mask[:, None])
        check("w.codes", get("w.codes").view(np.int8), codes)
        check("w.factors.0", get("w.factors.0"), mask)
        half = W[TAKEN].astype(np.float16)
        check("w.outliers", get("w.outliers.codes").view(np.float16), half)
        check("w.outliers.indices", get("w.outliers.indices"), TAKEN)
        # A product before the selection, and one behind it; each rounded.
        scaled = (V * S.astype(np.float16))[:, COLUMNS_TAKEN] * np.float16([0.5, 3])
        codes, scales = encode(scaled.astype(np.float32))
        check("v.outliers.codes", get("v.outliers.codes").view(np.int8), codes)
        check("v.outliers.scales", get("v.outliers.scales"), scales)
        check("v.outliers.indices", get("v.outliers.indices"), COLUMNS_TAKEN)
        factors = np.float16(S)[COLUMNS_TAKEN].astype(np.float32) * np.float32([0.5, 3])
        check("v.outliers.factors.1", get("v.outliers.factors.1"), factors)


main()
