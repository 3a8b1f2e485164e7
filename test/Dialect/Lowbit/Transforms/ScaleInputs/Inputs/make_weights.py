# ===- make_weights.py - a weight and inputs with one large channel --------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`make_weights.py DIRECTORY` writes w.st, a weight `w` in f16, and x.npy."""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(1)
out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
x = random.normal(0, 1, (100, 64)).astype(np.float32)
x[:, 0] *= 50
np.save(out / "x.npy", x)
save_file({"w": random.normal(0, 1, (64, 8)).astype(np.float16)}, out / "w.st")
