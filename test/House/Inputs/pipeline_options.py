"""Compares the options of pipelines that a page lists with those of quant-opt.

usage: pipeline_options.py HELP PAGE

PAGE has a section "## NAME" for each pipeline, with a table whose first column is
the option. HELP is the output of "quant-opt --help".
"""

import pathlib
import re
import sys


def main():
    help_text, page = (pathlib.Path(name).read_text() for name in sys.argv[1:])
    sections = re.split(r"^## ([\w-]+)$", page, flags=re.M)
    listed = {
        name: sorted(re.findall(r"^\| `([\w-]+)` \|", text, re.M))
        for name, text in zip(sections[1::2], sections[2::2])
    }
    offered = {}
    current = None
    for line in help_text.splitlines():
        option = re.match(r"( +)--([\w-]+)(?:=<[^>]*>)? +- ", line)
        if not option:
            continue
        if len(option[1]) == 6:
            current = offered[option[2]] = []
        elif current is not None:
            current.append(option[2])
    wrong = False
    for name, options in sorted(listed.items()):
        real = sorted(offered.get(name, []))
        if options == real and real:
            print(f"{name}: {' '.join(real)}")
        else:
            wrong = True
            print(f"{name}: the page has {' '.join(options)}, quant-opt has {' '.join(real)}")
    return 1 if wrong or not listed else 0


if __name__ == "__main__":
    sys.exit(main())
