"""What a chain of layers gives, computed by numpy in f32 on decoded weights."""

import numpy as np

#: Relative RMS error that the result of a layer of each shape may have: sums in another
#: order, and now and then an activation that is encoded to the next code because of that.
BOUND = 2e-3
#: The same for each layer of a long chain: what one such activation changes, more and more
#: others behind it follow, up to what encoding loses.
LAYER_BOUND = {"i8": 1.5e-2, "u8": 1.5e-2, "bf16": 5e-3}


def encode(x, activation):
    """What the encode of an activation denotes, row by row."""
    if activation == "i8":
        scale = np.abs(x).max(axis=1, keepdims=True) / np.float32(127)
        scale[scale == 0] = 1
        return np.clip(np.rint(x / scale), -128, 127).astype(np.float32) * scale
    if activation == "u8":
        low = np.minimum(x.min(axis=1, keepdims=True), 0)
        high = np.maximum(x.max(axis=1, keepdims=True), 0)
        scale = (high - low) / np.float32(255)
        scale[scale == 0] = 1
        zero = np.clip(np.rint(-low / scale), 0, 255)
        return (np.clip(np.rint(x / scale) + zero, 0, 255) - zero).astype(np.float32) * scale
    if activation == "bf16":
        bits = x.view(np.uint32).astype(np.uint64)
        bits = bits + 0x7FFF + ((bits >> 16) & 1)
        return (bits & 0xFFFF0000).astype(np.uint32).view(np.float32)
    return x


def get_error(actual, expected):
    """Relative RMS; infinite where one is not finite."""
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return float("inf")
    norm = float(np.sqrt(np.mean(np.square(expected, dtype=np.float64)))) or 1.0
    return float(np.sqrt(np.mean(np.square(actual - expected, dtype=np.float64)))) / norm


def find_wrong(folder, activation, layers):
    """(error, what is wrong or "") of what `check` and `weights` of lowbit-bench-matmul
    wrote: the result of a layer of each shape, and the last row of all layers."""

    def load(name):
        return np.load(folder / f"{name}.npy")

    weights = [load(path.stem) for path in sorted(folder.glob("w*.npy"))]
    result, row = load("y"), load("row")
    if activation == "codes":
        expected = (load("x0").astype(np.float32) * load("x1")[:, None]) @ weights[0]
        last = expected[-1:] * np.float32(layers)
    else:
        x = load("x0")
        for layer in range(layers):
            x = encode(x, activation) @ weights[layer % len(weights)]
            if layer == len(weights) - 1:
                # Of the others, only the last row is asked for.
                expected, x = x, x[-1:]
        last = x
    error, row_error = get_error(result, expected), get_error(row, last)
    row_bound = max(BOUND, LAYER_BOUND.get(activation, 0) * layers**0.5)
    if not error <= BOUND:
        return error, f"relative error {error:.3g}, the bound is {BOUND}"
    if not row_error <= row_bound:
        return error, f"relative error {row_error:.3g} behind {layers} layers, the bound is {row_bound:.3g}"
    return error, ""
