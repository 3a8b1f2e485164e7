"""The files that the checks look at."""

import dataclasses
import functools
import os
import pathlib
import re
import shutil
import subprocess

# Where our own C++ lives.
CODE = ("include", "lib", "tools", "unittests", "bench", "examples")
CPP = (".h", ".cpp")
# Folders that hold what was built or installed.
NOT_OURS = {".git", ".venv", "build", "__pycache__"}


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule at one place; line 0 means the whole file."""

    path: str
    line: int
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class Tree:
    """A checkout, or a folder laid out like one."""

    def __init__(self, root):
        self.root = root

    @functools.cached_property
    def paths(self):
        """Every file of the project, relative, sorted."""
        found = self._from_git() or self._from_disk()
        return sorted(name for name in found if (self.root / name).is_file())

    def _from_git(self):
        """What git tracks or would track; empty where there is no usable checkout
        (an unpacked archive, or one that belongs to another user)."""
        if not (self.root / ".git").exists() or not shutil.which("git"):
            return set()
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        return {name for name in listing.stdout.split("\0") if name}

    def _from_disk(self):
        found = set()
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in NOT_OURS]
            found |= {
                os.path.relpath(os.path.join(folder, name), self.root) for name in names
            }
        return found

    def files(self, folders=None, suffixes=None):
        """Relative paths under any of the folders and with any of the suffixes."""
        for path in self.paths:
            if folders and path.split("/")[0] not in folders:
                continue
            if suffixes and not path.endswith(tuple(suffixes)):
                continue
            yield path

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        """(number, line) pairs, numbered from 1."""
        return enumerate(self.text(path).splitlines(), start=1)

    def grep(self, pattern, folders=None, suffixes=None):
        """(path, number, match) for every match of the regular expression."""
        pattern = re.compile(pattern)
        for path in self.files(folders, suffixes):
            for number, line in self.lines(path):
                for match in pattern.finditer(line):
                    yield path, number, match


def strip_comment(line):
    """The line without a // comment, for rules about code only."""
    return re.sub(r"(?<!:)//.*", "", line)


def llvm_tool(name):
    """Path of an LLVM 22 tool, or None."""
    for candidate in (f"/usr/lib/llvm-22/bin/{name}", f"/usr/bin/{name}-22"):
        if pathlib.Path(candidate).exists():
            return candidate
    return None
