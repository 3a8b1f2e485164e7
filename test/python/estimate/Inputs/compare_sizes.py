"""Compares the estimator's sizes with those that quant-opt stores.

compare_sizes.py FOLDER SHORTHAND...
"""

import json
import pathlib
import subprocess
import sys

from lowbit.estimate.encodings import parse_encoding
from lowbit.estimate.stored import read_model

folder = pathlib.Path(sys.argv[1])
# Rows and columns that divide, and that do not; stored K x N and N x K.
SIZES = [(384, 1536), (40, 27), (72, 33)]
TURNED = (
    " indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,"
    " affine_map<(m, n, k) -> (m, n)>]"
)

arguments, body = [], ""
for number, (k, n) in enumerate(SIZES * 2):
    turned = number >= len(SIZES)
    x, o = f"tensor<2x{k}xf32>", f"tensor<2x{n}xf32>"
    w = f"tensor<{n}x{k}xf32>" if turned else f"tensor<{k}x{n}xf32>"
    arguments += [f"%x{number}: {x}", f"%o{number}: {o}"]
    body += (
        f"  %w{number} = arith.constant dense<1.0> : {w} loc(\"w{number}\")\n"
        f"  %y{number} = linalg.matmul{TURNED if turned else ''} "
        f'{{lowbit.layer = "layer{number}"}} ins(%x{number}, %w{number} : {x}, {w}) '
        f"outs(%o{number} : {o}) -> {o}\n"
    )
results = ", ".join(f"tensor<2x{n}xf32>" for _, n in SIZES * 2)
values = ", ".join(f"%y{i}" for i in range(2 * len(SIZES)))
(folder / "m.mlir").write_text(
    f"func.func @main({', '.join(arguments)}) -> ({results}) {{\n{body}"
    f"  return {values} : {results}\n}}\n"
)

for name in sys.argv[2:]:
    report = folder / "r.json"
    stored = folder / "q.safetensors"
    subprocess.run(
        ["quant-opt", folder / "m.mlir", "-o", folder / "q.mlir",
         f"--lowbit-quantize=recipe={name} output-weights={stored} report={report}"],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    encoding = parse_encoding(name)
    layers = json.loads(report.read_text())["layers"]
    total = 0
    for number, layer in enumerate(layers):
        axis = int(number >= len(SIZES))
        expected = encoding.bytes(tuple(layer["shape"]), axis)
        total += expected
        assert layer["bytes_after"] == expected, (name, layer, expected)
        if layer["shape"] == [384, 1536]:
            bits = 8 * expected / (384 * 1536)
            # A scale for each output, or for each tensor, is the rest.
            assert 0 <= bits - encoding.asymptotic_bits() < max(32, encoding.scale) / 384 + 1e-9, (name, bits)
    # The estimator reads the same from the file, and from the module.
    for path in (stored, folder / "q.mlir"):
        model = read_model(path)
        assert model.bytes() == total, (name, path, model.bytes(), total)
        elements = sum(k * n for k, n in SIZES * 2)
        assert sum(e for _, e, _ in model.by_encoding().values()) == elements, path
        assert all(key.startswith("#lowbit.encoding<") for key in model.by_encoding()), path
print(len(sys.argv) - 2, "encodings have the stored size")
