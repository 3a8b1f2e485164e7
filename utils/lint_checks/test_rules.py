"""Tests that can fail: live FileCheck lines, a verdict, no literal SSA numbers"""

import re

from lint_checks.tree import Finding

NAME = "test-rules"
LIMIT = 130

SUFFIX = r"(?:LABEL|NEXT|SAME|NOT|DAG|EMPTY|COUNT-\d+)"
# What makes a test able to fail, apart from the exit status of a script.
VERDICT = re.compile(
    r"FileCheck|verify-diagnostics|\bnot\b|\bdiff\b|\bcmp\b|\bgrep\b|%python|--compare"
)


def _prefixes(text):
    """The FileCheck prefixes in use: CHECK and what --check-prefix(es) name."""
    prefixes = {"CHECK"}
    for match in re.finditer(r"--?check-prefix(?:es)?[= ]([\w,-]+)", text):
        prefixes.update(match.group(1).split(","))
    return sorted(prefixes, key=len, reverse=True)


def check(tree):
    # The lint tests hold bad snippets on purpose.
    for path in tree.files(("test",), (".mlir", ".test", ".py")):
        if path.startswith("test/House/lint/") or "/Inputs/" in path:
            continue
        if path.count("/") > 1:
            yield from _check_file(path, tree.text(path))


def _check_file(path, text):
    lines = text.splitlines()
    runs = [line for line in lines if re.search(r"\bRUN:", line)]
    if not runs:
        yield Finding(path, 0, "no RUN line")
        return
    if not VERDICT.search("\n".join(runs)):
        yield Finding(path, 0, "nothing in the RUN lines can make this test fail")
    if len(lines) > LIMIT:
        yield Finding(path, 0, f"{len(lines)} lines; split tests at {LIMIT}")

    prefix = "(?:" + "|".join(map(re.escape, _prefixes(text))) + ")"
    comment = r"^\s*(?://|#|;)\s*"
    live = re.compile(rf"{comment}{prefix}(?:-{SUFFIX})?(?:{{LITERAL}})?:")
    colonless = re.compile(rf"{comment}{prefix}(?:-{SUFFIX})?(?:\s+\S|$)")
    unknown = re.compile(rf"{comment}{prefix}-\w[\w-]*:")
    if "FileCheck" in "\n".join(runs) and not any(map(live.search, lines)):
        yield Finding(path, 0, "FileCheck without a single directive")
    for number, line in enumerate(lines, start=1):
        if live.search(line):
            # %0 inside {{...}} is a regular expression's business.
            if re.search(r"%\d+\b", re.sub(r"\{\{.*?\}\}", "", line)):
                yield Finding(path, number, "literal SSA number; capture it: %[[X:.*]]")
        elif colonless.search(line):
            yield Finding(path, number, "FileCheck directive without a colon is dead")
        elif unknown.search(line):
            yield Finding(path, number, "no such FileCheck directive or prefix")
