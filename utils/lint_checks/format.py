"""C++ is formatted as clang-format-22 does it (--fix formats)"""

import subprocess

from lint_checks.tree import CODE, CPP, Finding, llvm_tool

NAME = "format"


def _run(tree, arguments):
    paths = list(tree.files(CODE, CPP))
    if not paths:
        return ""
    return subprocess.run(
        [llvm_tool("clang-format"), *arguments, *paths],
        cwd=tree.root,
        capture_output=True,
        text=True,
    ).stderr


def check(tree):
    if not llvm_tool("clang-format"):
        yield Finding("clang-format-22", 0, "not installed; run utils/bootstrap")
        return
    seen = set()
    for line in _run(tree, ["--dry-run"]).splitlines():
        # path:line:column: warning: code should be clang-formatted
        if "clang-formatted" not in line:
            continue
        path, number = line.split(":")[:2]
        if path not in seen:
            seen.add(path)
            yield Finding(path, int(number), "not clang-formatted (utils/lint --fix)")


def fix(tree):
    if llvm_tool("clang-format"):
        _run(tree, ["-i"])
