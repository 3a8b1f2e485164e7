"""Writes a model of three layers, its weights, and statistics of their inputs.

make_measures.py FOLDER
"""

import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(5)
K, N, ROWS = 40, 24, 64
weights = {
    "plain": random.standard_normal((K, N)),
    # Its groups run along the other axis, and are short at the end.
    "turned": random.standard_normal((N, K)) * 0.1,
    "unseen": random.standard_normal((K, N)),
}
# Groups of very different errors.
weights["plain"][3, 5] = 9
weights["plain"][20, 7] = -30
weights = {name: w.astype(np.float32) for name, w in weights.items()}
save_file(weights, folder / "w.safetensors")

mix = random.standard_normal((K, K)) / math.sqrt(K)
x = (random.standard_normal((ROWS, K)) @ (np.eye(K) + 2 * mix)).astype(np.float32)
x[:, 4] *= 20
np.save(folder / "x.npy", x)


def histogram(values):
    """As Numerics/Histogram.h says."""
    exponent = math.frexp(np.abs(values).max())[1]
    distance = np.floor(np.abs(values.astype(np.float64)) / 2.0**exponent * 4096)
    place = np.where(values < 0, 4095 - distance, 4096 + distance).astype(int)
    return np.bincount(place.ravel(), minlength=8192).astype(np.int64)


def write_statistics(path, layers, with_moments):
    wide = x.astype(np.float64)
    name = layers[0]
    tensors = {
        "rows": np.array(ROWS, np.int64),
        "minimum": x.min(0),
        "maximum": x.max(0),
        "sum": wide.sum(0),
        "sum_of_magnitudes": np.abs(wide).sum(0),
        "sum_of_squares": (wide**2).sum(0),
        "range": np.array([x.min(), x.max()], np.float32),
        "histogram": histogram(x),
    }
    if with_moments:
        moments = wide.T @ wide
        tensors["second_moments"] = moments[np.triu_indices(K)]
    metadata = {"lowbit.statistics": "1", "lowbit.layers": "\n".join(layers) + "\n"}
    save_file({f"{name}/{key}": t for key, t in tensors.items()}, path, metadata)


write_statistics(folder / "moments.safetensors", ["plain", "turned"], True)
write_statistics(folder / "channels.safetensors", ["plain", "turned"], False)

GLOBAL = (
    "ml_program.global public @{0}(#ml_program.extern : tensor<{1}xf32>) : tensor<{1}xf32>\n"
)
LOAD = "  %{0} = ml_program.global_load_const @{0} : tensor<{1}xf32>\n"
shapes = {name: "x".join(map(str, w.shape)) for name, w in weights.items()}
text = "".join(GLOBAL.format(n, s) for n, s in shapes.items())
text += f"func.func @main(%x: tensor<2x{K}xf32>, %o: tensor<2x{N}xf32>) -> tensor<2x{N}xf32> {{\n"
text += "".join(LOAD.format(n, s) for n, s in shapes.items())
for result, name, init, maps in (
    ("a", "plain", "o", ""),
    ("b", "turned", "a",
     " indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,"
     " affine_map<(m, n, k) -> (m, n)>]"),
    ("c", "unseen", "b", ""),
):
    text += (
        f"  %{result} = linalg.matmul{maps} ins(%x, %{name} : tensor<2x{K}xf32>, "
        f"tensor<{shapes[name]}xf32>) outs(%{init} : tensor<2x{N}xf32>) -> tensor<2x{N}xf32>\n"
    )
(folder / "m.mlir").write_text(text + f"  return %c : tensor<2x{N}xf32>\n}}\n")
