"""C++ is formatted as clang-format-22 does it (--fix formats)"""

import subprocess

from lint_checks.tree import CODE, CPP, Finding, llvm_tool

NAME = "format"


def _run(tree, arguments):
    """(exit status, what it says) of clang-format on all files."""
    paths = list(tree.files(CODE, CPP))
    if not paths:
        return 0, ""
    done = subprocess.run(
        [llvm_tool("clang-format"), *arguments, *paths],
        cwd=tree.root,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


def check(tree):
    if not llvm_tool("clang-format"):
        yield Finding("clang-format-22", 0, "not installed; run utils/bootstrap")
        return
    seen = set()
    status, said = _run(tree, ["--dry-run"])
    # Files that are not formatted are no failure of its own.
    if status != 0:
        reason = next((line for line in said.splitlines() if "error" in line), said.strip())
        yield Finding(".clang-format", 0, f"clang-format failed ({status}): {reason}")
    for line in said.splitlines():
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
