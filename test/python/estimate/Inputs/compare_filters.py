"""Compares the estimate of a model with what quant-opt stores of it.

compare_filters.py FOLDER MODULE SOURCE WEIGHTS SHORTHAND...

SOURCE is the file whose estimate it is: MODULE, WEIGHTS, or what they were made of.
"""

import json
import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
module, source, weights = sys.argv[2:5]
estimate = [sys.executable, "-m", "lowbit.estimate"]


def run_json(*arguments):
    done = subprocess.run([*estimate, *arguments, "--json"], check=True, capture_output=True)
    return json.loads(done.stdout)


for name in sys.argv[5:]:
    report, stored = folder / "r.json", folder / "q.safetensors"
    subprocess.run(
        ["quant-opt", module, "-o", folder / "q.mlir",
         f"--lowbit-quantize=recipe={name} weights={weights} output-weights={stored} report={report}"],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    found = run_json(source, "--type", name)
    layers = {layer["weight"]: layer for layer in json.loads(report.read_text())["layers"]}
    left = sum(kind["bytes"] for kind in found["left_out"])
    expected = sum(layer["bytes_after"] for layer in layers.values())
    assert found["encoded_bytes"][name] - left == expected, (name, found, expected)
    assert sum(found["encoded_weights"].values()) == len(layers), (found, layers)
print(len(sys.argv) - 5, "estimates are what is stored")
