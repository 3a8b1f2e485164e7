"""Python files parse, shell scripts pass bash -n, scripts are executable"""

import ast
import os
import subprocess

from lint_checks.tree import Finding

NAME = "scripts"


def check(tree):
    for path in tree.paths:
        full = tree.root / path
        with open(full, "rb") as file:
            first = file.readline(80)
        is_python = path.endswith(".py") or (first.startswith(b"#!") and b"python" in first)
        is_shell = path.endswith(".sh") or (first.startswith(b"#!") and b"bash" in first)
        if first.startswith(b"#!") and not os.access(full, os.X_OK):
            yield Finding(path, 1, "has a #! line but is not executable")
        if is_python:
            try:
                ast.parse(tree.text(path))
            except SyntaxError as error:
                yield Finding(path, error.lineno or 0, f"Python syntax: {error.msg}")
        if is_shell:
            result = subprocess.run(["bash", "-n", full], capture_output=True, text=True)
            if result.returncode:
                yield Finding(path, 0, result.stderr.strip().splitlines()[0])
