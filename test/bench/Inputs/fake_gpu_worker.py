"""A worker of bench/gpu/run without a GPU: rows say by their kernel what becomes of them."""

import json
import sys
import time

if sys.argv[1:] == ["missing"]:
    print(json.dumps({"missing": "there is no GPU"}), flush=True)
    sys.exit()
print(json.dumps({"device": "none"}), flush=True)
for line in sys.stdin:
    row = json.loads(line)
    what = row["text"]
    if "hangs" in what:
        time.sleep(60)
    if "dies" in what:
        sys.exit(1)
    if "ends" in what:
        print(json.dumps({"reason": "illegal address", "ended": True}), flush=True)
        break
    result = {"warm_us": 2.0, "cold_us": 4.0, "flops": 1e7, "bytes": 10**6}
    if row["kind"] == "check":
        result = {"error": 0.1, "share": 0.5, "ok": True}
    print(json.dumps(result), flush=True)
