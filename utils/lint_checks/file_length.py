"""No source file over 500 lines"""

from lint_checks.tree import CODE, CPP, Finding

NAME = "file-length"
LIMIT = 500

# Longer by nature, each with its reason.
EXEMPT = {}


def check(tree):
    for path in tree.files((*CODE, "python", "utils"), (*CPP, ".td", ".py")):
        if path in EXEMPT:
            continue
        length = tree.text(path).count("\n")
        if length > LIMIT:
            yield Finding(path, 0, f"{length} lines; split files at {LIMIT}")
