"""Prints what does not depend on time of a profile, and checks that its parts add up."""

import json
import math
import sys

profile, printed = (json.load(open(path)) for path in sys.argv[1:])
assert profile == printed["profile"], "the file is not what was printed"
assert profile["runs"] == 1 and profile["ms"] > 0
assert profile["ceilings"].keys() == {"int8_gops", "bf16_gflops", "f32_gflops", "dram_gbs"}
times = [op["ms"] for op in profile["ops"]]
assert times == sorted(times, reverse=True)
assert sum(times) <= profile["ms"]
assert math.isclose(sum(kind["ms"] for kind in profile["kinds"]), profile["ms"], rel_tol=1e-6)
assert math.isclose(sum(kind["share"] for kind in profile["kinds"]), 1, rel_tol=1e-6)
for op in profile["ops"]:
    seconds = op["ms"] / 1e3
    for rate, amount in (("gops", "operations"), ("gbs", "bytes")):
        if rate in op:
            assert math.isclose(op[rate] * 1e9, op[amount] / seconds, rel_tol=1e-6)
texts = []
for op in profile["ops"]:
    words = [op[key] for key in ("op", "layer", "kernel", "computes", "products") if key in op]
    texts.append(f"{' '.join(words)}: {op['operations']} operations, {op['bytes']} bytes, {op['count']} times")
print("\n".join(sorted(texts)))
print("kinds:", ", ".join(sorted(kind["kind"].split(":")[0] for kind in profile["kinds"])))
