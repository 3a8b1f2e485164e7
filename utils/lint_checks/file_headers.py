"""File headers with the license line, guards named after the path (--fix: header line)"""

import re

from lint_checks.tree import CODE, CPP, Finding

NAME = "file-headers"
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
LICENSE = f"""
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// {SPDX}
"""


def _guard(path):
    return re.sub(r"[^A-Z0-9]", "_", path.removeprefix("include/").upper())


def check(tree):
    for path in tree.files(CODE, (*CPP, ".td")):
        text = tree.text(path)
        name = path.rsplit("/", 1)[-1]
        first = text.split("\n", 1)[0]
        if not re.match(rf"//===-+ {re.escape(name)} - \S.*===//$", first):
            yield Finding(path, 1, f"first line is not '//===- {name} - <what> -===//'")
        elif len(first) > 80:
            yield Finding(path, 1, "header line is longer than 80 columns")
        if SPDX not in "\n".join(text.split("\n")[:8]):
            yield Finding(path, 1, f"no '{SPDX}' in the file header")
        elif LICENSE not in text:
            yield Finding(path, 1, "the license is not in the words of the other files")
        if not path.startswith("include/") or path.endswith(".cpp"):
            continue
        guard = _guard(path)
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield Finding(path, 1, f"header guard is not {guard}")


# clang-format breaks a header line that is too long; the rest lands on line 2.
HEADER = re.compile(
    r"//===-+ (?P<name>\S+) - (?P<text>.*?)[ -]*"
    r"(?P<mode>-?\*- (?:C\+\+|tablegen) -\*-)?-*===//"
)


def _header(name, text, mode):
    """The header line, without the editor's mode where both do not fit."""
    for shown in ("-" + mode.lstrip("-") if mode else "", ""):
        start, end = f"//===- {name} - {text} ", f"{shown}===//"
        if len(start) + len(end) <= 80:
            return start + "-" * (80 - len(start) - len(end)) + end
    return None


def fix(tree):
    for path in tree.files(CODE, (*CPP, ".td")):
        name = path.rsplit("/", 1)[-1]
        lines = tree.text(path).split("\n")
        for taken in (1, 2):
            joined = lines[0]
            if taken == 2:
                joined += " " + re.sub(r"^//\s?", "", lines[1])
            # "-*- C++" and "-*-===//" is how the break falls.
            joined = re.sub(r"(\*- C\+\+) +-\*-", r"\1 -*-", joined)
            match = HEADER.fullmatch(joined.rstrip())
            if not match:
                continue
            line = _header(name, match["text"], match["mode"])
            if line and line != lines[0]:
                text = "\n".join([line, *lines[taken:]])
                (tree.root / path).write_text(text)
            break
