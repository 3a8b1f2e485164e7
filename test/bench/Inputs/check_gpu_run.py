"""How bench/gpu/run deals with processes that hang, die and end, and with a file that
has some of the rows. The argument is a folder to write in."""

import dataclasses
import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
loader = importlib.machinery.SourceFileLoader("gpu_run", str(ROOT / "bench" / "gpu" / "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_run", loader))
loader.exec_module(run)

COMMAND = [sys.executable, str(pathlib.Path(__file__).with_name("fake_gpu_worker.py"))]


def make_check(text):
    return {"kind": "check", "text": text}


def make_times(keys, names):
    shape = dataclasses.asdict(run.Shape("k", 1, 4, 1, 1, keys, 64, True))
    return [{"kind": "time", "shape": shape, "who": n, "text": f"{keys} {n}"} for n in names]


def measure(rows, earlier):
    worker = run.Worker(COMMAND, limit=10)
    assert worker.start() is None and worker.device == "none"
    groups = list(run.measure(worker, rows, earlier))
    worker.stop()
    return {row["text"]: row for group in groups for row in group}


start = time.monotonic()
rows = [make_check(text) for text in ("good", "hangs", "next", "dies", "last", "ends", "after")]
found = measure(rows, {})
assert time.monotonic() - start < 100
assert [text for text in found if found[text].get("ok")] == ["good", "next", "last", "after"], found
assert found["hangs"]["reason"] == "no answer in 10 s; it was ended"
assert found["dies"]["reason"] == "its process ended"
assert found["ends"]["reason"] == "illegal address"
assert [run.is_wrong(row) for row in found.values()] == [False, True, False, True, False, True, False]
slow = {"kind": "time", "reason": "no answer"}
assert [run.is_wrong(slow | more) for more in ({}, {"wrong": False}, {"wrong": True})] == [False, False, True]
print("a worker that fails costs its row")

timed = make_times(512, ["copy", "lowbit", "hangs"]) + make_times(1024, ["copy", "lowbit"])
found = measure(timed, {})
assert found["512 lowbit"]["rate"] == 250 and found["512 lowbit"]["of_peak"] == 1
assert "rate" not in found["512 hangs"]

# What went well is kept, a check that failed is not; a shape is measured as a whole.
earlier = {"good": rows[0] | {"ok": True, "old": 1}, "next": rows[2] | {"ok": False, "old": 1}}
earlier |= {text: row | {"old": 1} for text, row in found.items()}
del earlier["1024 copy"]
found = measure([rows[0], rows[2], *timed], earlier)
assert [text for text in found if "old" in found[text]] == ["good", "512 copy", "512 lowbit", "512 hangs"]
print("what went well is kept")

path = pathlib.Path(sys.argv[1], "rows.json")
report = {"device": "none", "kernels": "1"}
assert run.read_earlier(path, report) == {}
run.write(path, report | {"rows": rows[:1]})
assert run.read_earlier(path, report) == {"good": rows[0]}
for wrong in (json.dumps(report | {"device": "other", "rows": []}), "{"):
    path.write_text(wrong)
    try:
        run.read_earlier(path, report)
    except SystemExit as error:
        print(str(error).replace(str(path), "FILE"))
assert run.Worker([*COMMAND, "missing"], 5).start() == "there is no GPU"
