# ===- __main__.py - python -m lowbit.importer ----------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Entry point; says which packages are missing before anything else."""

import importlib.util
import sys

# What is imported below, and the package that brings it.
PACKAGES = {
    "numpy": "numpy",
    "ml_dtypes": "ml_dtypes",
    "onnx": "onnx",
    "rich": "rich",
    "safetensors": "safetensors",
    "torch_mlir": "torch-mlir",
}


def _missing_packages() -> list[str]:
    return [
        package
        for module, package in PACKAGES.items()
        if importlib.util.find_spec(module) is None
    ]


def main() -> int:
    missing = _missing_packages()
    if missing:
        names = " ".join(missing)
        print(
            f"error: missing Python packages; run: pip install {names}",
            file=sys.stderr,
        )
        return 1
    from .cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
