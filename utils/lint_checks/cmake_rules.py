"""CMake files name no static MLIR or LLVM archive, only the dylibs"""

import re

from lint_checks.tree import Finding

NAME = "cmake-rules"

# Packages and modules of LLVM, not libraries.
NOT_LIBRARIES = {"MLIRConfig", "LLVMConfig"}


def check(tree):
    for path in tree.files(None, ("CMakeLists.txt", ".cmake", ".cmake.in")):
        for number, line in tree.lines(path):
            code = line.split("#", 1)[0]
            for match in re.finditer(r"(?<![\w-])(MLIR|LLVM)[A-Z]\w+", code):
                if match.group(0) in NOT_LIBRARIES:
                    continue
                yield Finding(
                    path,
                    number,
                    f"{match.group(0)} would link a second copy beside the dylib;"
                    " link MLIR and LLVM only",
                )
