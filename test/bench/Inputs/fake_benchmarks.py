#!/usr/bin/env python3
"""Answers like lowbit-bench-numerics: 8 GB/s, 5000 M weights/s, 4500 ms; the second
of several repetitions is the best."""

import json
import os
import sys

if "FAIL" in os.environ:
    sys.exit("no such benchmark")
options = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])
name = options["benchmark_filter"].strip("^$")
runs = [
    {
        "name": name,
        "run_type": "iteration" if slower < 9 else "aggregate",
        "cpu_time": 4500 * slower,
        "time_unit": "ms",
        "bytes_per_second": 8e9 / slower,
        "items_per_second": 5e9 / slower,
    }
    for slower in (2, 1, 9)
]
with open(options["benchmark_out"], "w") as file:
    json.dump({"benchmarks": runs}, file)
