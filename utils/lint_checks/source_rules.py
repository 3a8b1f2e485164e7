"""Constructs with a house rule: cl::opt, swallowed results, TODO, typeless externs"""

from lint_checks.tree import CODE, Finding

NAME = "source-rules"

# (pattern, folders, suffixes, message)
RULES = [
    (
        r"\bcl::(opt|list|bits)\b",
        ("lib", "include"),
        (".cpp", ".h"),
        "global cl::opt; libraries take options as arguments",
    ),
    (
        r"\blet\s+constructor\b",
        ("include", "lib"),
        (".td",),
        "hand-written pass constructor; use the generated one",
    ),
    (
        r"\(void\)\s*(mlir::)?apply\w*(Patterns|Conversion)",
        CODE,
        (".cpp", ".h"),
        "result of the rewrite is thrown away; check it",
    ),
    (
        r"\bTODO\b(?!\(#\d+\))|\bFIXME\b|\bXXX\b",
        (*CODE, "python", "cmake"),
        (".cpp", ".h", ".td", ".py", ".txt", ".cmake"),
        "write TODO(#N) with the number of its issue",
    ),
    (
        r'^(?!#include "(mlir|llvm)/).*/(Utils|Uncategorized|Helpers|Misc)\.(cpp|h)\b',
        CODE,
        ("CMakeLists.txt", ".cpp", ".h"),
        "file named after nothing; name it after what it holds",
    ),
    (
        r"#ml_program\.extern<",
        ("docs", "include", "lib", "python", "examples", "README.md"),
        (".md", ".td", ".h", ".mlir"),
        "this extern loses its type when printed; write '#ml_program.extern : <type>'",
    ),
]


def check(tree):
    for pattern, folders, suffixes, message in RULES:
        for path, number, _ in tree.grep(pattern, folders, suffixes):
            yield Finding(path, number, message)
    for path in tree.files(("include", "lib", "tools"), (".cpp", ".h")):
        if path.rsplit("/", 1)[-1].split(".")[0] in ("Utils", "Uncategorized", "Misc"):
            yield Finding(path, 0, "file named after nothing; name it after what it holds")
