"""Measures cases: processes of ours, of the libraries and of the ceilings in turn."""

import itertools
import json
import os
import sys
import tempfile
from pathlib import Path

from .cases import BY_NAME, PEERS, UNAVAILABLE
from .peers.weights import Form, get_bytes
from .process import Process
from .reference import find_wrong
from .rows import get_size, make_row

BENCH = Path(__file__).resolve().parent.parent
#: Rows with which results are compared: one, a few, and more than a block.
CHECKED_ROWS = (1, 5, 130)
#: Relative RMS error of a library's product, of which 8-bit activations are most.
PEER_BOUND = 0.02
#: Bytes of weights that a library goes through, up to 4 rows and beyond.
COLD_BYTES, WARM_BYTES = 560e6, 96e6
#: Of small weights that would be more layers than libraries take; ours go through no more.
MOST_LAYERS = 256


class Measurer:
    """`python` is the interpreter of the libraries' environment, None for none of them."""

    def __init__(self, build, python, options):
        self.build, self.python, self.options = build, python, options
        self.cpus = set(sorted(os.sched_getaffinity(0))[-options.threads :])
        # Threads that wait are not to disturb what is measured next.
        self.environment = {"OMP_NUM_THREADS": str(options.threads), "KMP_BLOCKTIME": "1", "PYTHONPATH": str(BENCH)}
        self.ceilings = self.start([build / "bin" / "lowbit-bench-ceilings", f"--threads={options.threads}", "--serve"])

    def start(self, command):
        return Process(command, self.cpus, self.environment)

    def start_ours(self, kind, k, n):
        """A process and what it says first."""
        size = get_bytes(Form(**kind.form), k, n) if kind.form else k * n
        pool = round(min(COLD_BYTES, MOST_LAYERS * size) / 1e6)
        process = self.start([
            self.build / "bin" / "lowbit-bench-matmul", "--serve", f"--k={k}", f"--n={n}", f"--pool-mb={pool}",
            f"--weight={kind.weight}", f"--activation={kind.activation}", f"--threads={self.options.threads}",
        ])  # fmt: skip
        return process, process.read(300)

    def start_peers(self, kind, k, n):
        """{name: process} of those that can do it, and {name: why not} of the others."""
        started, absent = {}, {}
        for name in kind.peers if self.python else ():
            spec = {
                "form": kind.form, "activation": kind.activation, "k": k, "n": n, "threads": self.options.threads,
                "cold_bytes": COLD_BYTES, "warm_bytes": WARM_BYTES, "most_layers": MOST_LAYERS,
            }  # fmt: skip
            if name in UNAVAILABLE:
                absent[name] = UNAVAILABLE[name]
                continue
            process = self.start([self.python, "-m", f"matmul.peers.{PEERS[name]}", json.dumps(spec)])
            hello = process.read(300)
            if "error" in hello and not isinstance(hello["error"], float):
                absent[name] = hello["error"]
            elif "missing" in hello:
                absent[name] = hello["missing"]
            elif not hello["error"] <= PEER_BOUND:
                absent[name] = f"its results are wrong: relative error {hello['error']:.3g}"
            else:
                started[name] = process
                continue
            process.end()
        return started, absent

    def check(self, kind, process):
        """(the largest error of our results or None, what is wrong or "")."""
        with tempfile.TemporaryDirectory() as folder:
            process.ask(f"weights {folder}", 300)
            largest = 0.0
            for m in CHECKED_ROWS:
                answer = process.ask(f"check {m} {self.options.threads} {folder}", 300)
                if "error" in answer:
                    return None, f"it could not be checked: {answer['error']}"
                error, wrong = find_wrong(Path(folder), kind.activation, answer["layers"])
                if wrong:
                    return error, f"WRONG with {m} rows: {wrong}"
                largest = max(largest, error)
            return largest, ""

    def measure_group(self, cases, say):
        """Rows of the cases of one kind and shape."""
        kind, k, n = cases[0].kind, cases[0].k, cases[0].n
        say(cases[0], "compiles")
        ours, hello = self.start_ours(kind, k, n)
        failure, error, remarks = hello.get("error"), None, hello.get("remarks", [])
        if not failure:
            error, failure = self.check(kind, ours)
        if failure:
            ours.end()
        more = {"error": error, "compile_seconds": hello.get("compile_seconds"), "failed": bool(failure)}
        peers, absent = self.start_peers(kind, k, n)
        runners = ({} if failure else {"ours": ours}) | peers
        if kind.reference and not failure:
            runners["reference"], said = self.start_ours(BY_NAME[kind.reference], k, n)
            if "error" in said:
                runners.pop("reference").end()
        try:
            for case in cases:
                seconds, ceilings, stopped = self.measure(case, runners, say)
                if "ours" in stopped and not failure:
                    remarks = [*remarks, f"not measured: {stopped.pop('ours')}"]
                remark = "; ".join([failure] if failure else remarks)
                yield make_row(
                    case, self.options.threads, get_size(case, hello), seconds, ceilings, absent | stopped, remark, more
                )
        finally:
            for process in runners.values():
                process.end()

    def measure(self, case, runners, say):
        """{name: seconds of a layer of each round}, the ceilings, {name: why it stopped}."""
        options = self.options
        seconds, ceilings, stopped = {name: [] for name in runners}, [], {}
        ceiling = case.kind.get_ceiling(case.m)
        if options.threads > 1 and "ours" in runners:
            seconds["one thread"] = []
        for count in range(options.rounds):
            say(case, f"round {count + 1} of {options.rounds}")
            for name in seconds:
                if name in stopped:
                    continue
                threads = 1 if name == "one thread" else options.threads
                process = runners["ours" if name == "one thread" else name]
                answer = process.ask(f"run {case.m} {threads} {options.seconds}", options.limit)
                if "error" in answer:
                    stopped[name] = answer["error"]
                    continue
                seconds[name].append(answer["seconds"])
            value = self.ceilings.ask(ceiling, 60).get(ceiling)
            if value:
                ceilings.append(value)
        return seconds, ceilings, stopped

    def end(self):
        self.ceilings.end()


def get_groups(cases):
    """Cases of one kind and shape together, in the order of the first of each."""
    groups = {}
    for case in cases:
        groups.setdefault((case.kind.name, case.k, case.n), []).append(case)
    return groups.values()


def measure_all(cases, build, python, options):
    """Yields the rows of all cases."""
    numbers = {case.name: number for number, case in enumerate(itertools.chain(*get_groups(cases)), 1)}

    def say(case, what):
        text = f"{numbers[case.name]}/{len(numbers)} {case.name}: {what}"
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif what in ("compiles", "round 1 of " + str(options.rounds)):
            print(text, file=sys.stderr, flush=True)

    measurer = Measurer(build, python, options)
    try:
        for group in get_groups(cases):
            yield from measurer.measure_group(group, say)
    finally:
        measurer.end()
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
