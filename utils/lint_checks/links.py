"""Relative links in Markdown lead to files that exist"""

import re

from lint_checks.tree import Finding

NAME = "links"


def check(tree):
    for path in tree.files(None, (".md",)):
        fenced = False
        for number, line in tree.lines(path):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            if fenced:
                continue
            line = re.sub(r"`[^`]*`", "", line)
            targets = re.findall(r"\]\(([^)\s]+)[^)]*\)", line)
            targets += re.findall(r'(?:src|href)="([^"]+)"', line)
            for target in targets:
                if re.match(r"[a-z]+:|#", target):
                    continue
                file = target.split("#")[0]
                if not ((tree.root / path).parent / file).exists():
                    yield Finding(path, number, f"broken link: {target}")
