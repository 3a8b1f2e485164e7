"""CMake files link MLIR's and LLVM's dylibs only, and every source is built"""

import pathlib
import re

from lint_checks.tree import CODE, Finding

NAME = "cmake-rules"

# Packages and modules of LLVM, not libraries.
NOT_LIBRARIES = {"MLIRConfig", "LLVMConfig"}


def check(tree):
    yield from static_archives(tree)
    yield from unbuilt_sources(tree)


def unbuilt_sources(tree):
    """A source that no list names compiles nothing and tests nothing."""
    lists = {
        pathlib.PurePath(path).parent: set(re.findall(r"[\w./+-]+\.cpp", tree.text(path)))
        for path in tree.files(CODE, ("CMakeLists.txt",))
    }
    for path in map(pathlib.PurePath, tree.files(CODE, (".cpp",))):
        if not any(
            str(path.relative_to(folder)) in lists.get(folder, ())
            for folder in path.parents
        ):
            yield Finding(str(path), 0, "no CMakeLists.txt builds this file")


def static_archives(tree):
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
