"""Reads what quant-opt --help adds to the help of mlir-opt: our passes, pipelines
and their options. Each is spelled by the house rules and has a sentence.

usage: option_spelling.py QUANT_OPT_HELP MLIR_OPT_HELP SOURCE_DIR
"""

import pathlib
import re
import sys

KEBAB = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
FLAG = re.compile(rf"lowbit(-[a-z0-9]+)+|convert-{KEBAB}-to-{KEBAB}")
# "      --name   - text" at depth 6 is a flag, deeper ones are a pass's options.
LINE = re.compile(r"^( +)--([\w-]+)(?:=<[^>]*>|=\S+)?(?: +- ?(.*))?$")


def entries(path):
    """[(flag, option or None, text)] in order."""
    found, flag = [], None
    for line in pathlib.Path(path).read_text().splitlines():
        match = LINE.match(line)
        if not match:
            continue
        depth, name, text = len(match.group(1)), match.group(2), match.group(3)
        if depth <= 6:
            flag = name
            found.append((name, None, text or ""))
        elif flag:
            found.append((flag, name, text or ""))
    return found


def main():
    help_text, upstream_text, source = sys.argv[1:]
    upstream = {flag for flag, _, _ in entries(upstream_text)}
    ours = [entry for entry in entries(help_text) if entry[0] not in upstream]
    problems = []
    for flag, option, text in ours:
        name = f"--{flag}" + (f" {option}" if option else "")
        if option and not re.fullmatch(KEBAB, option):
            problems.append(f"{name}: not kebab-case")
        if not option and (not FLAG.fullmatch(flag) or flag.endswith("-pass")):
            problems.append(f"{name}: neither lowbit-<verb> nor convert-<a>-to-<b>")
        if len(text.split()) < 2:
            problems.append(f"{name}: has no sentence in the help")
    # Every pass that the .td files define can be called by name.
    flags = {flag for flag, _, _ in ours}
    for path in sorted(pathlib.Path(source).glob("include/lowbit/**/Passes.td")):
        for match in re.finditer(r':\s*\w*Pass<\s*"([^"]+)"', path.read_text()):
            if match.group(1) not in flags:
                problems.append(f"--{match.group(1)}: in {path.name}, not in the help")
    for problem in problems:
        print(problem)
    print(f"{len(flags)} flags, {len(problems)} problems")
    return 1 if problems or not flags else 0


if __name__ == "__main__":
    sys.exit(main())
