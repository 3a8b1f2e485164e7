# ===- inline_weights.py - external weights as constants in the IR ---------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""`inline_weights.py MODEL.mlir WEIGHTS.safetensors` prints the model with its
weights as dense constants, named by their locations only, as importers that do
not know weights write them.
"""

import re
import sys
from pathlib import Path

from safetensors.numpy import load_file

tensors = load_file(sys.argv[2])


def constant(match):
    name, type = match.groups()
    data = tensors[name].tobytes().hex().upper()
    return f'arith.constant dense<"0x{data}"> : {type} loc("{name}")'


text = Path(sys.argv[1]).read_text()
text = re.sub(r"^ml_program\.global.*\n", "", text, flags=re.MULTILINE)
text = re.sub(r"ml_program\.global_load_const @(\S+) : (\S+)", constant, text)
print(text)
