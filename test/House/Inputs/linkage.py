"""Checks what the binaries of a build link.

usage: linkage.py LLVM_TOOLS executable FILE...  on the dylibs, no second copy of MLIR
       linkage.py LLVM_TOOLS plugin FILE...      on what its host brings, no own copy
       linkage.py LLVM_TOOLS plain FILE...       no symbol of LLVM or MLIR at all
"""

import os
import re
import subprocess
import sys

# A tool is a main on our static libraries; the dylibs hold the rest.
MAX_BYTES = 40 << 20


def tool(tools, name, *arguments):
    return subprocess.run(
        [os.path.join(tools, name), *arguments], capture_output=True, text=True, check=True
    ).stdout


def check_binary(tools, path, dylibs, sanitized):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", tool(tools, "llvm-readelf", "-d", path))
    ours = sorted(name for name in needed if re.match(r"lib(MLIR|LLVM)", name))
    if [name.split(".so")[0] for name in ours] != dylibs:
        return f"links {ours}, not {dylibs}"
    # A static archive beside the dylib would define MLIR's own classes here.
    defined = tool(tools, "llvm-nm", "-C", "--defined-only", "--format=just-symbols", path)
    for line in defined.splitlines():
        if re.match(r"mlir::(MLIRContext::MLIRContext|PassManager::run|verify)\(", line):
            return f"holds its own copy of {line}"
    size = os.path.getsize(path)
    if size > MAX_BYTES and not sanitized:
        return f"is {size >> 20} MiB, more than {MAX_BYTES >> 20}"
    return None


def check_plain(tools, path):
    undefined = tool(
        tools, "llvm-nm", "-C", "--undefined-only", "--format=just-symbols", path
    )
    for line in undefined.splitlines():
        if re.search(r"\b(mlir|llvm)::", line):
            return f"needs {line}"
    return None


def main():
    tools, kind, *paths = sys.argv[1:]
    sanitized = "--sanitized" in paths
    failed = False
    for path in (path for path in paths if path != "--sanitized"):
        if kind == "executable":
            problem = check_binary(tools, path, ["libLLVM", "libMLIR"], sanitized)
        elif kind == "plugin":
            problem = check_binary(tools, path, [], sanitized)
        else:
            problem = check_plain(tools, path)
        name = os.path.basename(path)
        print(f"{name}: {problem or 'ok'}")
        failed |= problem is not None
    return failed


if __name__ == "__main__":
    sys.exit(main())
