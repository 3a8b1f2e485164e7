"""Runs the commands of a page.

usage: doc_commands.py FILE.md

Every ```sh block runs in the current directory, in order, in a bash that stops at
the first failure; a comment <!-- not run: why --> in front of a block leaves it
out. A ```text block right after it is what it prints: lines are compared word by
word, and "..." stands for any text (a line of its own for any lines).
"""

import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(
    r"(?P<skip><!-- not run: [^>]* -->\n)?^```sh\n(?P<script>.*?)^```$"
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


def main():
    text = pathlib.Path(sys.argv[1]).read_text()
    # "python" is the one that runs this.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    ran = 0
    for match in BLOCK.finditer(text):
        if match["skip"]:
            continue
        line = text.count("\n", 0, match.start()) + 1
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", match["script"]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PATH": path},
        )
        ran += 1
        problem = None
        if result.returncode:
            problem = f"exit status {result.returncode}"
        elif match["output"] is not None and not matches(match["output"], result.stdout):
            problem = "prints something else"
        if problem:
            print(f"{sys.argv[1]}:{line}: {problem}:\n{match['script']}{result.stdout}")
            return 1
    print(f"{ran} blocks ran")
    return 0 if ran else 1


if __name__ == "__main__":
    sys.exit(main())
