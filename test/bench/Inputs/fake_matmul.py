#!/usr/bin/env python3
"""Answers, by the name it is called by, like lowbit-bench-matmul, lowbit-bench-ceilings or
the Python that runs another library: 1 ms for a layer of ours, 0.9 ms for INT4, 2 ms for
XNNPACK. FAKE says what goes wrong: wrong, slow, dead."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

FAKE = os.environ.get("FAKE")
CEILINGS = {"dram_gbs": 20.0, "int8_gops": 600.0, "f32_gflops": 100.0, "bf16_gflops": None}


def reply(**data):
    print(json.dumps(data), flush=True)


def lines():
    for line in sys.stdin:
        yield line.split()


def ours(options):
    k, n = int(options["k"]), int(options["n"])
    seconds = 9e-4 if "i4" in options["weight"] or "int4" in options["weight"] else 1e-3
    if FAKE == "dead":
        sys.exit("fake.mlir:1: error: this does not compile\nerror: a pass failed")
    reply(bytes_per_layer=1.6e7, compile_seconds=0.5, remarks=["no x86 kernel"] if "codebook" in options["weight"] else [])
    for command, *words in lines():
        if command == "weights":
            np.save(Path(words[0], "w0.npy"), np.zeros((k, n), np.float32))
            reply(shapes=1)
        elif command == "check":
            m, folder = int(words[0]), Path(words[2])
            np.save(folder / "x0.npy", np.ones((m, k), np.float32))
            np.save(folder / "y.npy", np.full((m, n), FAKE == "wrong", np.float32))
            np.save(folder / "row.npy", np.zeros((1, n), np.float32))
            reply(layers=2)
        else:
            time.sleep(20 if FAKE == "slow" else 0)
            reply(seconds=seconds * (1.9 if words[1] == "1" and options["threads"] == "2" else 1))


def ceilings():
    for names in lines():
        reply(**{name: CEILINGS[name] for name in names})


def peer(module):
    if module.endswith(".ov"):
        return reply(missing="no such processor")
    reply(version="1", error=0.5 if module.endswith(".ort") else 0.006)
    for _ in lines():
        reply(seconds=2e-3)


name = Path(sys.argv[0]).name
if name == "lowbit-bench-ceilings":
    ceilings()
elif name == "python":
    peer(sys.argv[2])
else:
    ours(dict(word.removeprefix("--").split("=", 1) for word in sys.argv[1:] if "=" in word))
