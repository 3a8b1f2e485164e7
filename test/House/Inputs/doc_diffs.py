"""Checks that the code has what the diffs of a page add.

Of each ```diff block that begins with "+++ b/FILE", every run of "+" lines stands
in FILE as it is.
"""

import pathlib
import re
import sys

root, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
blocks = re.findall(r"^```diff\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
missing = 0
for block in blocks:
    first, _, rest = block.partition("\n")
    name = first.removeprefix("+++ b/")
    code = (root / name).read_text(encoding="utf-8")
    for run in re.findall(r"(?:^\+.*\n)+", rest, re.M):
        if re.sub(r"^\+", "", run, flags=re.M) not in code:
            missing += 1
            print(f"{page.name}: {name} does not have:\n{run}", end="")
print(f"{len(blocks)} diffs")
sys.exit(1 if missing or not blocks else 0)
