"""Rooms depend downwards only, read from the #include lines"""

import re

from lint_checks.tree import Finding, strip_comment

NAME = "layers"

# What each room may include of ours, itself aside. Rooms are the folders under
# include/lowbit and lib; a deeper folder with its own entry is stricter. Runtime
# (what compiled models call) is still to come.
ALLOWED = {
    "Numerics": set(),
    "Weights": {"Numerics"},
    "Calibration": {"Numerics", "Weights"},
    "Bindings": {"Numerics"},
    "Simt": {"Numerics"},
    "Runtime": {"Numerics", "Simt"},
    "Dialect/Lowbit/IR": {"Numerics"},
    # The passes also read and write files: weights, and statistics.
    "Dialect": {"Numerics", "Weights", "Calibration"},
    "Kernels": {"Numerics", "Dialect"},
    "Conversion": {"Numerics", "Weights", "Simt", "Runtime", "Dialect", "Kernels"},
    "Pipelines": {"Numerics", "Weights", "Runtime", "Dialect", "Kernels", "Conversion"},
    "Execution": {
        "Numerics", "Weights", "Calibration", "Simt", "Runtime", "Dialect", "Kernels",
        "Conversion", "Pipelines",
    },
}
# A compiled model runs without LLVM: these rooms must not even see its headers.
WITHOUT_LLVM = ("Numerics", "Weights", "Calibration", "Bindings", "Runtime", "Simt")


def _room(path):
    """The room of a file and what that room may include; None outside rooms."""
    match = re.match(r"(?:include/lowbit|lib)/(([^/]+)/.*)", path)
    if not match:
        return None, None
    for folder in ALLOWED:
        if match.group(1).startswith(folder + "/"):
            return match.group(2), ALLOWED[folder]
    return match.group(2), None


def check(tree):
    include = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')
    for path in tree.files(("include", "lib"), (".h", ".cpp", ".td")):
        room, allowed = _room(path)
        if room is None:
            # include/lowbit/InitAll*.h: what tools include.
            continue
        if allowed is None:
            yield Finding(path, 0, f"room {room} has no entry in lint_checks/layers.py")
            continue
        for number, line in tree.lines(path):
            match = include.match(strip_comment(line))
            if not match:
                match = re.match(r'\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            header = match.group(1)
            if room in WITHOUT_LLVM and re.match(r"(llvm|mlir)(-c)?/", header):
                yield Finding(path, number, f"{room} may not include {header}")
            ours = re.match(r"lowbit/(?:([^/]+)/)?", header)
            if not ours:
                continue
            # lowbit/InitAll*.h stand above all rooms; the pipelines define them.
            target = ours.group(1) or "Pipelines"
            if target != room and target not in allowed:
                yield Finding(path, number, f"{room} may not depend on {target}")
