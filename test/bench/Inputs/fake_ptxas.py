"""A ptxas that says of the entries of a PTX file what FAKE_PTXAS holds, a JSON list in
their order: [registers, bytes of spills, bytes of code]. Last first, as ptxas does."""

import json
import os
import pathlib
import re
import struct
import sys

out, path = sys.argv[-2:]
names = re.findall(r"\.entry\s+(\w+)", pathlib.Path(path).read_text())
numbers = list(zip(names, json.loads(os.environ["FAKE_PTXAS"])))
for name, (registers, spills, _) in reversed(numbers):
    print(f"ptxas info    : Compiling entry function '{name}' for 'sm_80'")
    print(f"ptxas info    : Function properties for {name}")
    print(f"    0 bytes stack frame, {spills} bytes spill stores, 0 bytes spill loads")
    print(f"ptxas info    : Used {registers} registers, used 1 barriers")

# An ELF file with a section of code for each, without the code.
text, sections = b"\0", []
for name, (_, _, code) in numbers:
    sections.append((len(text), 1, 0, 0, 0, code))
    text += f".text.{name}\0".encode()
header = bytearray(64)
struct.pack_into("<Q", header, 40, 64 + len(text))
struct.pack_into("<HHH", header, 58, 64, len(sections) + 1, len(sections))
sections.append((0, 3, 0, 0, 64, len(text)))
table = b"".join(struct.pack("<IIQQQQ", *section).ljust(64, b"\0") for section in sections)
pathlib.Path(out).write_bytes(bytes(header) + text + table)
