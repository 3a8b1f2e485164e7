# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""Arrays to stored parts and back, by each method."""

import numpy as np

from lowbit import numerics as nm

x = np.random.default_rng(1).standard_normal((64, 256), np.float32)

# By hand: absmax of each row, round to nearest even.
q = nm.quantize(x, nm.Format("i8", nm.per_axis(0)))
scale = np.abs(x).max(axis=1, keepdims=True) / np.float32(127)
codes = np.rint(x / scale)
unpacked = q.unpack()
assert unpacked["codes"].dtype == np.int8 and (unpacked["codes"] == codes).all()
assert (unpacked["scales"] == scale[:, 0]).all()
assert (q.decode() == codes.astype(np.float32) * scale).all()
assert q.shape == [64, 256] and q.nbytes == 64 * 256 + 64 * 4
assert q.bits_per_weight == 8 * q.nbytes / x.size

# Parts are the bytes of the object, which they keep alive; from them it can be
# made again.
codes, scales = q.parts["codes"], q.parts["scales"]
assert (codes.view(np.int8) == unpacked["codes"].ravel()).all()
assert (scales.view(np.float32) == unpacked["scales"]).all()
assert not codes.flags.owndata and not codes.flags.writeable
again = nm.Quantized(q.shape, q.format, q.parts)
decoded = q.decode()
del q
assert (again.decode() == decoded).all() and codes.sum() >= 0

# Four bits are packed two to a byte, low nibble first.
q = nm.quantize(x, nm.preset("q4_0"))
nibbles = q.unpack()["codes"].astype(np.uint8) & 15
assert (q.parts["codes"] == (nibbles[:, ::2] | nibbles[:, 1::2] << 4).ravel()).all()

# Zero points, offsets, nested scales, books, sparsity.
q = nm.quantize(x, nm.Format("u4", nm.per_group(32, 1), scale="f16", zero_point=True))
assert q.unpack()["zero_points"].dtype == np.uint8
assert q.unpack()["zero_points"].shape == (64, 8)
assert nm.quantize(x, nm.preset("q4_1")).unpack()["offsets"].shape == (64, 8)
assert "nested_scales" in nm.quantize(x, nm.preset("nvfp4")).parts
q = nm.quantize(x, nm.Format(nm.Books(16, block=nm.per_axis(0))))
assert q.unpack()["codebook"].shape == (64, 16) and list(q.parts) == ["codes", "codebook"]
sparse = nm.Format("i8", nm.per_axis(0), sparsity=nm.pattern(2, 4, axis=1))
q = nm.quantize(x, sparse)
assert q.unpack()["positions"].shape == (64, 128)
assert ((q.decode().reshape(-1, 4) != 0).sum(axis=1) <= 2).all()
mask = np.arange(256) % 4 < 2
q = nm.quantize(x, sparse, mask=np.broadcast_to(mask, x.shape))
assert (q.decode()[:, ~mask] == 0).all() and (q.decode()[:, mask] != 0).any()
q = nm.quantize(x, nm.Format("bf16", scale="one"))
assert q.unpack()["codes"].dtype == np.uint16

# Searches lose less than ranges; none of them needs more than its format.
plain = nm.Format("i3", nm.per_group(64, 1))
sqnr = {m: nm.quantize(x, plain, m).errors(x).sqnr_db for m in ("rtn", "mse", "hqq")}
assert sqnr["mse"] > sqnr["rtn"] + 1 and sqnr["hqq"] > sqnr["rtn"]
clipped = nm.quantize(x, plain, "percentile", percentile=95)
assert abs(clipped.decode()).max() < abs(x).max() * 0.9
full = nm.quantize(x, plain, range="full")
assert full.unpack()["scales"].min() < 0 < full.unpack()["scales"].max()
low, high = np.full(256, -1.0), np.full(256, 1.0)
assert abs(nm.quantize(x, plain, ranges=(low, high)).decode()).max() <= 1.34
weights = np.zeros(256)
weights[:8] = 1
mine = nm.quantize(x, plain, "mse", weights=weights, weights_axis=1).decode()
usual = nm.quantize(x, plain, "mse").decode()
assert abs(mine - x)[:, :8].sum() < abs(usual - x)[:, :8].sum()

# Other types and orders are converted; threads change nothing.
wide = np.asfortranarray(x.astype(np.float64))
for method in ("rtn", "mse", "hqq"):
    one = nm.quantize(x, plain, method, threads=1).parts
    two = nm.quantize(wide, plain, method, threads=2).parts
    assert all((one[part] == two[part]).all() for part in one)

# Empty arrays and single numbers.
assert nm.quantize(np.zeros((0, 4)), nm.Format("i8")).decode().shape == (0, 4)
assert nm.quantize(np.float32(3), nm.Format("i8")).decode() == 3
