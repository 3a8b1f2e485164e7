"""Writes a module that encodes weights in several ways, and the weights.

make_weights.py FOLDER
"""

import pathlib
import sys

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(3)
ENCODINGS = {
    "i4": "#lowbit.affine<i4>, scale = f16 per group<16> along 0",
    "u4": "#lowbit.affine<u4>, scale = f16 per group<16> along 0, zero_point = u4",
    "u3": "#lowbit.affine<u3>, scale = f32 per axis<1>, zero_point = u3",
    "i8": "#lowbit.affine<i8>, scale = f32 per tensor",
    "nf4": "#lowbit.codebook<nf4>, scale = f16 per group<16> along 1",
    "q4_1": "#lowbit.affine<u4>, scale = f16 per group<32> along 0, offset = f16",
    "sparse": "#lowbit.affine<i4>, scale = f16 per group<8> along 0,"
    " sparsity = #lowbit.nm<2:4 along 0>",
    "bf16": "#lowbit.float<bf16>",
}
SHAPE = (40, 27)
weights = {name: random.standard_normal(SHAPE).astype(np.float32) for name in ENCODINGS}
weights["bias"] = np.arange(5, dtype=np.float32) / 4
weights["ids"] = np.arange(6, dtype=np.int64).reshape(2, 3)
weights["flags"] = np.array([True, False])
save_file(weights, folder / "w.safetensors")

kinds = {"bias": "5xf32", "ids": "2x3xi64", "flags": "2xi1"}
text, body, results, types = "", "", [], []
for name in weights:
    kind = kinds.get(name, "40x27xf32")
    text += (
        f"ml_program.global public @{name}(#ml_program.extern : tensor<{kind}>) "
        f": tensor<{kind}>\n"
    )
    body += f"  %{name} = ml_program.global_load_const @{name} : tensor<{kind}>\n"
    if name in ENCODINGS:
        real, encoded = f"tensor<{kind}>", f"tensor<{kind}, #lowbit.encoding<{ENCODINGS[name]}>>"
        body += f"  %e{name} = lowbit.encode %{name} : {real} to {encoded}\n"
        body += f"  %d{name} = lowbit.decode %e{name} : {encoded} to {real}\n"
        results.append(f"%d{name}")
        types.append(real)
    else:
        results.append(f"%{name}")
        types.append(f"tensor<{kind}>")
values = ", ".join(results)
text += f"func.func @main() -> ({', '.join(types)}) {{\n{body}"
text += f"  return {values} : {', '.join(types)}\n}}\n"
(folder / "m.mlir").write_text(text)
