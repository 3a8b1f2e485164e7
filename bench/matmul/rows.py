"""A row: what was measured of a case, and how that compares."""

import json
import statistics

from .cases import MEMORY_ROWS
from .peers.weights import Form, get_bytes


def get_rate(case, seconds, size):
    """GB/s of `size` bytes of weights, or 10^9 operations per second."""
    amount = size if case.m <= MEMORY_ROWS else 2.0 * case.m * case.k * case.n
    return amount / seconds / 1e9


def get_size(case, hello):
    """Bytes of a layer's weight, as ours stores it."""
    if "bytes_per_layer" in hello:
        return hello["bytes_per_layer"]
    return get_bytes(Form(**case.kind.form), case.k, case.n) if case.kind.form else None


def make_row(case, threads, size, seconds, ceilings, absent, remark, more):
    """`seconds` are lists of seconds of a layer by name, of which "ours", "reference"
    and "one thread" are ours; `ceilings` a list of 10^9 per second."""
    rates = {
        name: get_rate(case, statistics.median(values), size)
        for name, values in seconds.items()
        if values and size
    }
    ours, reference, single = (rates.pop(name, None) for name in ("ours", "reference", "one thread"))
    ceiling = statistics.median(ceilings) if ceilings else None
    divide = lambda x, y: x / y if x is not None and y else None  # noqa: E731
    row = {
        "case": case.name,
        "unit": case.unit,
        "ours": ours,
        "peers": rates,
        "ceiling": ceiling,
        "ratio_best_peer": divide(ours, max(rates.values(), default=None)),
        "ratio_ceiling": divide(ours, ceiling),
        "ratio_reference": None,
        "m": case.m, "k": case.k, "n": case.n, "threads": threads,
        "absent": absent,
        "remark": remark,
    }  # fmt: skip
    if reference is not None:
        # The same work, whatever the bytes.
        row["ratio_reference"] = statistics.median(seconds["reference"]) / statistics.median(seconds["ours"])
    if single is not None:
        row["ratio_one_thread"] = divide(ours, single)
    row |= more
    return row | judge(case, row)


def judge(case, row):
    """The goals as {what: least}, and whether all are met: None where nothing is asked,
    or what it is compared with was not measured."""
    goal, threads = case.goal, row["threads"]
    least, reached = {}, {}
    if threads == 1:
        if goal.ceiling is not None:
            least["ratio_ceiling"] = goal.ceiling
        if goal.best_peer is not None:
            least["ratio_best_peer"] = goal.best_peer
        if goal.reference is not None:
            least["ratio_reference"] = goal.reference
        if goal.peer is not None:
            name, ratio = goal.peer
            least[f"ratio_{name}"] = ratio
            if name in row["peers"] and row["ours"] is not None:
                reached[f"ratio_{name}"] = row["ours"] / row["peers"][name]
    elif case.m >= 128:
        least["ratio_one_thread"] = 0.95 * threads
    for key in least:
        reached.setdefault(key, row.get(key))
    known = {key: value >= least[key] for key, value in reached.items() if key in least and value is not None}
    if row["ours"] is None and least:
        met = False
    elif not all(known.values()):
        met = False
    else:
        met = True if least and len(known) == len(least) else None
    return {"goal": least, "met": met}


def write(path, rows):
    """All of them, or what was there stays."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
