"""Runs the examples of the documentation.

usage: doc_examples.py QUANT_OPT FILE.md...

1. Every ```mlir block with a function in it must parse and verify.
2. A comment <!-- run: quant-opt FLAGS --> between two ```mlir blocks says that the
   command makes the second block of the first; both are compared as quant-opt
   prints them, so that a page may lay out its IR for the reader. The command runs
   in a directory of its own, where model.safetensors has some f32 values for each
   external global of the first block.
"""

import json
import math
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```mlir\n(.*?)^```$|<!-- run: quant-opt (.*?) -->", re.M | re.S)
WEIGHT = re.compile(r"ml_program\.global \w+ @(\S+?)\(#ml_program.extern : tensor<([\dx]+)xf32>")


def write_weights(path, text):
    """Writes a safetensors file with a value for each element of the weights."""
    header, data = {}, b""
    for name, sizes in WEIGHT.findall(text):
        shape = [int(size) for size in sizes.split("x")]
        count = math.prod(shape)
        values = struct.pack(f"<{count}f", *(i % 97 - 48 for i in range(count)))
        offsets = [len(data), len(data) + len(values)]
        header[name.strip('"')] = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
        data += values
    words = json.dumps(header).encode()
    words += b" " * (-len(words) % 8)
    path.write_bytes(struct.pack("<Q", len(words)) + words + data)


def run(quant_opt, flags, text):
    """(output, None), or (None, the first line of the diagnostics)."""
    with tempfile.TemporaryDirectory() as directory:
        write_weights(pathlib.Path(directory, "model.safetensors"), text)
        result = subprocess.run(
            [quant_opt, *flags, "-"],
            input=text, capture_output=True, text=True, cwd=directory,
        )
    if result.returncode:
        return None, (result.stderr.splitlines() or ["no diagnostic"])[0]
    return result.stdout, None


def check_page(quant_opt, path):
    """Yields (line, problem or None) for each example of a page."""
    text = pathlib.Path(path).read_text()
    previous = flags = None
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match.group(2) is not None:
            flags = shlex.split(match.group(2))
            continue
        block = match.group(1)
        if "func.func" in block:
            printed, problem = run(quant_opt, [], block)
            if not problem and flags is not None:
                made, problem = run(quant_opt, flags, previous)
                if not problem and run(quant_opt, [], made)[0] != printed:
                    problem = f"quant-opt {shlex.join(flags)} makes something else:\n{made}"
            yield line, problem
        elif flags is not None:
            yield line, "nothing to compare: no function in the block after 'run:'"
        previous, flags = block, None


def main():
    quant_opt, *pages = sys.argv[1:]
    examples = failed = 0
    for page in pages:
        for line, problem in check_page(quant_opt, page):
            examples += 1
            if problem:
                failed += 1
                print(f"{page}:{line}: {problem}")
    print(f"{examples} examples, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
