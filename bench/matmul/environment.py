"""The Python environment in which other libraries are installed."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements-peers.txt")


class InstallError(Exception):
    pass


def prepare(folder, say):
    """The interpreter of an environment in `folder` that has REQUIREMENTS, made or made
    anew where it is not there or was made of others."""
    python, stamp = folder / "bin" / "python", folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"installs other libraries in {folder}")
    venv.create(folder, with_pip=True, clear=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]
    done = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise InstallError(f"pip cannot install {REQUIREMENTS.name}:\n{done.stderr.strip()}")
    stamp.write_text(wanted)
    return python
