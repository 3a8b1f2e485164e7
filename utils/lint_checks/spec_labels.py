"""Each constraint (C1) of docs/spec.md has a test that names it, and vice versa"""

import re

from lint_checks.tree import Finding

NAME = "spec-labels"
SPEC = "docs/spec.md"


def _labels_of_spec(tree):
    """{number: line} of the constraints that the spec defines."""
    labels = {}
    if SPEC not in tree.paths:
        return labels
    for number, line in tree.lines(SPEC):
        # A definition opens its line (a list item, a table row, or bold text);
        # a mention elsewhere in a sentence is only a reference.
        match = re.match(r"\s*(?:[-*|]\s*)?(?:\*\*)?\(C(\d+)\)", line)
        if match:
            labels.setdefault(int(match.group(1)), number)
    return labels


def _labels_of_tests(tree):
    """{number: (path, line)} of the constraints that tests name."""
    labels = {}
    for path in tree.files(("test", "unittests"), (".mlir", ".test", ".cpp", ".py")):
        if path.startswith("test/House/lint/"):
            continue
        for number, line in tree.lines(path):
            # (C12) in a comment, @encode_c12 as a function, C12 in a GoogleTest.
            for match in re.finditer(r"\(C(\d+)\)|@\w+_c(\d+)\b|\bTEST\w*\(.*_?C(\d+)\b", line):
                label = next(group for group in match.groups() if group)
                labels.setdefault(int(label), (path, number))
    return labels


def check(tree):
    spec = _labels_of_spec(tree)
    tests = _labels_of_tests(tree)
    for label in sorted(spec.keys() - tests.keys()):
        yield Finding(SPEC, spec[label], f"(C{label}) has no test that names it")
    for label in sorted(tests.keys() - spec.keys()):
        path, number = tests[label]
        yield Finding(path, number, f"(C{label}) is not a constraint of {SPEC}")
