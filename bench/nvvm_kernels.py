"""Kernels of specs, made by quant-opt of a build (LOWBIT_BUILD, or build/release), as
PTX and what there is to know for a launch."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("LOWBIT_BUILD", ROOT / "build" / "release"))
BUDGET = ROOT / "bench" / "ptxas_budget.json"

CHIPS = ["sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a"]

TYPES = {"!llvm.ptr<1>": "ptr", "i32": "i32", "i64": "i64", "f32": "f32"}


def find_ptxas():
    """The one that CMake has found."""
    cache = BUILD / "CMakeCache.txt"
    if not cache.exists():
        sys.exit(f"{sys.argv[0]}: there is no build in {BUILD}; utils/check makes one")
    found = re.search(r"^LOWBIT_PTXAS:\w+=(.*)$", cache.read_text(), re.MULTILINE)
    return found[1] if found and pathlib.Path(found[1]).exists() else None


def run_quant_opt(flags, text):
    command = [str(BUILD / "bin" / "quant-opt"), *flags]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{sys.argv[0]}: {' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def read_function(text):
    """What the text of a kernel says of its launch."""
    header = text[: text.index("{\n")]
    types = re.findall(r"%\w+: (!llvm\.ptr<1>|\w+)", header)
    number = {
        key: int(value) for key, value in re.findall(r"lowbit\.(\w+) = (\d+) : i\d+", header)
    }
    names = re.search(r"lowbit\.arguments = \[([^\]]*)\]", header)
    names = re.findall(r'"(\w+)"', names[1]) if names else []
    threads = re.search(r"nvvm\.reqntid = array<i32: (\d+), 1, 1>", header)
    return {
        "threads": int(threads[1]),
        "arguments": [{"name": n, "type": TYPES[t]} for n, t in zip(names, types, strict=True)],
    } | number


def build(spec, chip):
    """The PTX of a kernel, and what read_function says of its entries by name."""
    module = (
        "gpu.module @kernel attributes {lowbit.kernel_spec ="
        f' {{kind = "nvvm.attention", chip = "{chip}", {spec}}}}} {{}}'
    )
    built = run_quant_opt(["--lowbit-build-nvvm-kernels"], module)
    functions = {
        re.match(r"@(\w+)\(", text)[1]: read_function(text)
        for text in re.split(r"llvm\.func ", built)[1:]
    }
    binary = run_quant_opt(["--lowbit-serialize-nvvm-kernels"], built)
    text = re.search(r'assembly = "((?:[^"\\]|\\.)*)"', binary)[1].encode()
    # What does not print is written as two digits.
    ptx = re.sub(
        rb"\\([0-9A-F]{2}|\\)",
        lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1], 16)]),
        text,
    )
    return ptx.rstrip(b"\0"), functions
