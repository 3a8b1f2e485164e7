#!/usr/bin/env python3
"""Runs the commands of a page, and compares what they print with what it shows.

Every ```sh block runs in the current directory, in order, in a bash that stops at
the first failure. A ```text block right after it is what it prints: lines are
compared word by word, and "..." stands for any text (a line of its own for any
lines). Comments in front of a block say how it is treated:

  <!-- not run: why -->           it is left out
  <!-- slow -->                   it is left out with --quick
  <!-- numbers within X: why -->  numbers may differ by X
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(
    r"(?P<marks>(?:^<!-- [^>]* -->\n)*)^```sh\n(?P<script>.*?)^```$"
    r"(?:\n```text\n(?P<output>.*?)^```$)?",
    re.M | re.S,
)


def matches(expected, printed):
    """Whether `printed` is what the page shows, spaces apart."""
    words = re.split(r"(\s+|\.\.\.)", expected.strip())
    pattern = "".join(
        ".*?" if word == "..." else r"\s+" if word.isspace() else re.escape(word)
        for word in words
    )
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


def is_near(expected, printed, tolerance):
    """The same where numbers may differ by the tolerance."""
    number = re.compile(r"[-+]?\d+(\.\d+)?|[-+]?inf")
    pairs = list(zip(expected.split(), printed.split()))
    if len(expected.split()) != len(printed.split()):
        return False
    return all(
        one == other
        or (
            number.fullmatch(one)
            and number.fullmatch(other)
            and abs(float(one) - float(other)) <= tolerance
        )
        for one, other in pairs
    )


def run(script):
    # "python" is the one that runs this.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PATH": path},
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="leave out slow blocks")
    parser.add_argument(
        "--update", action="store_true", help="write into the page what is printed"
    )
    options = parser.parse_args()
    text = options.page.read_text(encoding="utf-8")
    changes, ran = [], 0
    for match in BLOCK.finditer(text):
        marks, expected = match["marks"], match["output"]
        if "<!-- not run: " in marks or (options.quick and "<!-- slow -->" in marks):
            continue
        place = f"{options.page}:{text.count(chr(10), 0, match.start('script'))}"
        result = run(match["script"])
        ran += 1
        problem = None
        if result.returncode:
            problem = f"exit status {result.returncode}"
        elif expected is not None and not matches(expected, result.stdout):
            tolerance = re.search(r"<!-- numbers within ([\d.]+)", marks)
            if options.update:
                changes.append((*match.span("output"), result.stdout))
            elif not tolerance or not is_near(expected, result.stdout, float(tolerance[1])):
                problem = "prints something else"
        if problem:
            print(f"{place}: {problem}:\n{match['script']}{result.stdout}")
            return 1
    for start, end, printed in reversed(changes):
        text = text[:start] + printed + text[end:]
    if changes:
        options.page.write_text(text, encoding="utf-8")
    found = f"{len(changes)} written anew" if changes else "all as shown"
    print(f"{options.page.name}: {ran} blocks ran, {found}")
    return 0 if ran else 1


if __name__ == "__main__":
    sys.exit(main())
