"""docs/generated agrees with the .td files (--fix regenerates)"""

import subprocess

from lint_checks.tree import Finding, llvm_tool

NAME = "generated-docs"

# generated page -> (title or None, [(mlir-tblgen arguments, .td file)])
PAGES = {
    "docs/generated/passes.md": (
        "# Passes",
        [
            (["-gen-pass-doc"], "include/lowbit/Dialect/Lowbit/Transforms/Passes.td"),
            (["-gen-pass-doc"], "include/lowbit/Conversion/Passes.td"),
        ],
    ),
    "docs/generated/dialect.md": (
        None,
        [
            (
                ["-gen-dialect-doc", "-dialect=lowbit"],
                "include/lowbit/Dialect/Lowbit/IR/LowbitOps.td",
            ),
        ],
    ),
}


def generate(tree, page):
    """The text of a page, or a Finding that says why there is none."""
    title, parts = PAGES[page]
    texts = [title] if title else []
    for arguments, source in parts:
        result = subprocess.run(
            [
                llvm_tool("mlir-tblgen"),
                *arguments,
                "-I", str(tree.root / "include"),
                "-I", "/usr/lib/llvm-22/include",
                str(tree.root / source),
            ],
            capture_output=True,
            text=True,
        )
        if result.returncode:
            first = (result.stderr.splitlines() or ["mlir-tblgen failed"])[0]
            return Finding(source, 0, first)
        # The page must not say where it was generated; nothing expands [TOC].
        text = result.stdout.replace(str(tree.root) + "/", "").replace("[TOC]\n\n", "")
        texts.append(text.strip())
    return "\n\n".join(texts) + "\n"


def _pages(tree):
    for page, (_, parts) in PAGES.items():
        if all(source in tree.paths for _, source in parts):
            yield page


def check(tree):
    if not llvm_tool("mlir-tblgen"):
        yield Finding("mlir-tblgen", 0, "not installed; run utils/bootstrap")
        return
    for page in _pages(tree):
        text = generate(tree, page)
        if isinstance(text, Finding):
            yield text
        elif page not in tree.paths or tree.text(page) != text:
            yield Finding(page, 0, "out of date with the .td files (utils/lint --fix)")


def fix(tree):
    if not llvm_tool("mlir-tblgen"):
        return
    for page in _pages(tree):
        text = generate(tree, page)
        if not isinstance(text, Finding):
            (tree.root / page).parent.mkdir(parents=True, exist_ok=True)
            (tree.root / page).write_text(text)
    tree.__dict__.pop("paths", None)
