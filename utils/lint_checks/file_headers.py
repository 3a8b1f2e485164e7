"""File headers with the license line, header guards named after the path"""

import re

from lint_checks.tree import CODE, CPP, Finding

NAME = "file-headers"
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"


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
        if not path.startswith("include/") or path.endswith(".cpp"):
            continue
        guard = _guard(path)
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield Finding(path, 1, f"header guard is not {guard}")
