"""Pass flags, pipelines and options: lowbit-... or convert-a-to-b, kebab-case"""

import re

from lint_checks.tree import Finding

NAME = "names"
KEBAB = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
FLAG = re.compile(rf"(lowbit(-[a-z0-9]+)+|convert-{KEBAB}-to-{KEBAB})")


def _flag_problem(flag):
    if flag.endswith("-pass"):
        return "ends in -pass"
    if not FLAG.fullmatch(flag):
        return "is neither lowbit-<verb> nor convert-<a>-to-<b>, kebab-case"
    return None


def _tablegen(tree, path):
    text = tree.text(path)
    names = []
    for match in re.finditer(r'def\s+(\w+)\s*:\s*\w*Pass<\s*"([^"]+)"', text):
        line = text.count("\n", 0, match.start()) + 1
        name, flag = match.groups()
        names.append(name)
        if problem := _flag_problem(flag):
            yield Finding(path, line, f"pass flag '{flag}' {problem}")
        if not re.fullmatch(r"\w+Pass|Convert\w+To\w+", name):
            yield Finding(path, line, f"pass '{name}' is not named <What>Pass")
    if names != sorted(names):
        yield Finding(path, 0, "passes are not in alphabetical order")
    option = r'\b(?:List)?Option<\s*"\w+"\s*,\s*"([^"]+)"'
    for match in re.finditer(option, text):
        if not re.fullmatch(KEBAB, match.group(1)):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(path, line, f"option '{match.group(1)}' is not kebab-case")


def check(tree):
    for path in tree.files(("include",), ("Passes.td",)):
        yield from _tablegen(tree, path)
    for path in tree.files(("lib", "tools"), (".cpp",)):
        text = tree.text(path)
        pipeline = r'PassPipelineRegistration<[^>]*>\s*(?:\w+\s*)?[({]\s*"([^"]+)"'
        for match in re.finditer(pipeline, text):
            if problem := _flag_problem(match.group(1)):
                line = text.count("\n", 0, match.start()) + 1
                yield Finding(path, line, f"pipeline '{match.group(1)}' {problem}")
