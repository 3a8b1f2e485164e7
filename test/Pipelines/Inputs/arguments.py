"""Runs the module of arguments.mlir by each lowering, several times in a process.

usage: arguments.py MODULE PREFIX
"""

import json
import struct
import subprocess
import sys

import numpy as np

module, prefix = sys.argv[1], sys.argv[2]
bias = np.array([[1, 2, 3, 4]], np.float32)
header = json.dumps({"bias": {"dtype": "F32", "shape": [1, 4], "data_offsets": [0, 16]}}).encode()
header += b" " * (-len(header) % 8)
with open(prefix + ".safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + bias.tobytes())
x, c = np.array([[1, 10]], np.float32), np.array([[5, 6, 7, 8]], np.float32)
v = np.arange(8, dtype=np.float32).reshape(2, 4)
np.savez(prefix + ".in.npz", x=x, c=c, v=v)
np.savez(prefix + ".expected.npz", bias=x @ v + bias, sum=x @ v + c, c_again=c, bias_again=bias)
for lowering in ("x86", "decode", "integer"):
    # With --time the model runs again and again; a written input would add up.
    subprocess.run(
        ["quant-run", module, f"--weights={prefix}.safetensors", f"--lowering={lowering}", "--time",
         "--runs=2", "--input", prefix + ".in.npz", "--output", prefix + ".out.npz",
         "--compare", prefix + ".expected.npz", "--tolerance=0"],
        check=True,
    )
