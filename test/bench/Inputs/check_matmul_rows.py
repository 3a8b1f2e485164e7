"""Checks the form of what bench/run --json wrote, and prints a line for each row."""

import json
import sys

KEYS = [
    "case", "unit", "ours", "peers", "ceiling", "ratio_best_peer", "ratio_ceiling", "ratio_reference",
    "m", "k", "n", "threads", "absent", "remark", "error", "compile_seconds", "failed", "goal", "met",
]  # fmt: skip

for row in json.load(open(sys.argv[1])):
    single = row.pop("ratio_one_thread", None)
    assert list(row) == KEYS, row
    assert row["unit"] == ("GB/s" if row["m"] <= 4 else "GOPS")
    assert row["ours"] is None or row["ours"] > 0
    if row["ours"] and row["ceiling"]:
        assert abs(row["ratio_ceiling"] - row["ours"] / row["ceiling"]) < 1e-9
    if row["ours"] and row["peers"]:
        assert abs(row["ratio_best_peer"] - row["ours"] / max(row["peers"].values())) < 1e-9
    assert row["failed"] == (row["error"] is None or row["error"] > 2e-3), row
    extra = f" one-thread={single:.2f}" if single else ""
    show = lambda value: "-" if value is None else f"{value:.2f}"  # noqa: E731
    print(
        f"{row['case']} ours={show(row['ours'])} peers={','.join(row['peers'])} absent={','.join(row['absent'])}"
        f" of-peer={show(row['ratio_best_peer'])} of-ceiling={show(row['ratio_ceiling'])}"
        f" of-reference={show(row['ratio_reference'])}{extra} met={row['met']} remark={row['remark']}"
    )
