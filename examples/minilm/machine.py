# ===- machine.py - the computer that measures ----------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Names the processor, since times mean nothing without it."""

from __future__ import annotations

import os
from pathlib import Path

# The instruction set that matters most to integer kernels, best first, by the
# name that Linux gives it.
VECTORS = {
    "amx_int8": "AMX",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512f": "AVX-512",
    "avx_vnni": "AVX-VNNI",
    "avx2": "AVX2",
}


def describe_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Such as "Intel(R) Xeon(R) Processor, AVX-512 VNNI, 2 CPUs"."""
    fields: dict[str, str] = {}
    try:
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    except OSError:
        pass
    flags = set(fields.get("flags", "").split())
    vectors = [title for flag, title in VECTORS.items() if flag in flags][:1]
    words = [fields.get("model name", "unknown CPU"), *vectors]
    return ", ".join([*words, f"{os.cpu_count()} CPUs"])
