"""Checks that every ```cpp block of a page stands in a file as it is.

usage: doc_code.py PAGE.md FILE
"""

import pathlib
import re
import sys

page, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
blocks = re.findall(r"^```cpp\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
code = source.read_text(encoding="utf-8")
missing = [block for block in blocks if block not in code]
for block in missing:
    print(f"{page.name}: {source.name} does not have:\n{block}", end="")
print(f"{len(blocks)} blocks of code")
sys.exit(1 if missing or not blocks else 0)
