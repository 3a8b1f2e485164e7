"""Compares the passes that pages name with those of quant-opt.

usage: pass_names.py HELP PASSES.md PAGE...

1. Each pass of PASSES.md (### `-flag`, then _summary_) is in HELP, the output of
   "quant-opt --help", with its summary.
2. Each flag lowbit-... or convert-lowbit-... that a PAGE names is in HELP.
"""

import pathlib
import re
import sys


def main():
    help_text, passes, *pages = (pathlib.Path(name).read_text() for name in sys.argv[1:])
    offered = dict(re.findall(r"^ +--([\w-]+)(?:=<\w+>)? +- +(.*)$", help_text, re.M))
    problems = []
    generated = re.findall(r"^### `-([\w-]+)`\n\n_(.*)_$", passes, re.M)
    for flag, summary in generated:
        if offered.get(flag) != summary:
            problems.append(f"{flag}: quant-opt --help says '{offered.get(flag)}'")
    # Not part of a path, a file's name or another word.
    flag = re.compile(r"(?<![\w./-])(?:--)?((?:convert-)?lowbit-[a-z0-9-]+)(?![\w.-]*[/\w])")
    # Folders and targets that begin like passes.
    others = {
        "lowbit-tour", "lowbit-doc",
        "lowbit-bench-attention", "lowbit-bench-ceilings", "lowbit-bench-matmul",
        "lowbit-bench-numerics", "lowbit-bench-simt",
        "lowbit-python-modules",
    }  # fmt: skip
    for name, page in zip(sys.argv[3:], pages):
        for used in sorted(set(flag.findall(page)) - others):
            if used not in offered:
                problems.append(f"{name}: quant-opt has no --{used}")
    print("\n".join([*problems, f"{len(generated)} passes"]))
    return 1 if problems or not generated else 0


if __name__ == "__main__":
    sys.exit(main())
