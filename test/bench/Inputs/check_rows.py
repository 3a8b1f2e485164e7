"""Checks the form of what bench/quality --json wrote: check_rows.py FILE TABLE..."""

import json
import sys

rows = json.load(open(sys.argv[1]))
assert [row for row in rows if row["reference"] is not None]
for row in rows:
    assert list(row) == ["table", "case", "metric", "value", "reference"], row
    assert isinstance(row["case"], str) and isinstance(row["metric"], str), row
    assert isinstance(row["value"], float), row
    assert row["reference"] is None or isinstance(row["reference"], (int, float)), row
assert sorted({row["table"] for row in rows}) == [int(table) for table in sys.argv[2:]]
names = [(row["table"], row["case"], row["metric"]) for row in rows]
assert len(set(names)) == len(names)
