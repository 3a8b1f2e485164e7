"""Checks sizes and accuracy in the rows of compare.py, 16 sentences.

usage: check_rows.py rows.json
"""

import json
import sys

# Least mean cosine, and the largest size relative to f32.
LIMITS = {
    "int8": (0.999, 0.27),
    "int8-dynamic": (0.997, 0.27),
    "int4-g128": (0.955, 0.16),
    "int4-g32": (0.973, 0.16),
    "nf4-g64": (0.965, 0.16),
}

with open(sys.argv[1]) as file:
    rows = {row["name"]: row for row in json.load(file) if row["engine"] == "lowbit"}
f32 = rows.pop("f32")
problems = [] if set(rows) == set(LIMITS) else [f"rows: {sorted(rows)}"]
if not f32["max_error"] <= 1e-4:
    problems.append(f"f32: largest error {f32['max_error']}")
for name, row in rows.items():
    cosine, ratio = LIMITS[name]
    if not row["cosine_mean"] >= cosine:
        problems.append(f"{name}: mean cosine {row['cosine_mean']}")
    if not row["bytes"] <= ratio * f32["bytes"]:
        problems.append(f"{name}: {row['bytes']} of {f32['bytes']} bytes")
if problems:
    sys.exit("\n".join(problems))
