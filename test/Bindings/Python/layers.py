# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""What needs the inputs of a layer: GPTQ, SparseGPT, Wanda, AWQ, SmoothQuant."""

import numpy as np

from lowbit import numerics as nm

random = np.random.default_rng(2)
rows, inputs, outputs = 512, 128, 48
x = random.standard_normal((rows, inputs)).astype(np.float32)
x[:, 1:] += 0.9 * x[:, :-1]
w = random.standard_normal((inputs, outputs)).astype(np.float32)
y = x @ w


def output_sqnr(test):
    return nm.measure(y, x @ test).sqnr_db


# Statistics: in pieces as at once.
stats = nm.Statistics(inputs, gram=True)
stats.add(x[:100])
other = nm.Statistics(inputs, gram=True)
other.add(x[100:])
stats.merge(other)
assert stats.rows == rows
np.testing.assert_allclose(stats.gram().values, x.T.astype(float) @ x, rtol=1e-5, atol=1e-2)
np.testing.assert_allclose(stats.max_magnitude, abs(x).max(axis=0))
np.testing.assert_allclose(stats.mean, x.mean(axis=0), atol=1e-6)
np.testing.assert_allclose(stats.sum_of_squares, (x.astype(float) ** 2).sum(axis=0))

# Output error: from rows, statistics or the Gram matrix, as from the outputs.
format = nm.Format("i3", nm.per_group(32, axis=0), scale="f16")
rtn = nm.quantize(w, format).decode()
gram = x.T.astype(float) @ x
gram = nm.Gram((gram + gram.T) / 2, rows)
for known in (x, stats, gram):
    assert abs(nm.output_error(w, rtn, known).sqnr_db - output_sqnr(rtn)) < 0.01

# GPTQ beats rounding to nearest, stored either way round.
gptq = nm.gptq(w, format, stats)
assert output_sqnr(gptq.decode()) > output_sqnr(rtn) + 2
turned = nm.Format("i3", nm.per_group(32, axis=1), scale="f16")
also = nm.gptq(np.ascontiguousarray(w.T), turned, stats.gram(), reduction_axis=1)
assert (also.decode().T == gptq.decode()).all()
better = nm.gptq(w, format, x, method="mse")
assert output_sqnr(better.decode()) > output_sqnr(gptq.decode())
# Channels of most energy come first, unless told otherwise (C152).
ordered = nm.gptq(w, format, stats, damping=0.05, activation_order=True)
assert (ordered.decode() == gptq.decode()).all()
as_it_lies = nm.gptq(w, format, stats, activation_order=False)
assert (as_it_lies.decode() != gptq.decode()).any()

# Pruning: SparseGPT beats Wanda beats magnitude.
magnitude = nm.prune_by_magnitude(w, keep=2, of=4)
wanda = nm.prune_by_wanda(w, stats.sum_of_squares, keep=2, of=4)
moved, mask = nm.sparse_gpt(w, x, keep=2, of=4)
for kept in (magnitude, wanda, mask):
    assert kept.dtype == bool and (kept.T.reshape(-1, 4).sum(axis=1) == 2).all()
assert (moved[~mask] == 0).all()
assert output_sqnr(moved) > output_sqnr(w * wanda) + 0.5
assert nm.prune_by_magnitude(w, fraction=0.25).sum() == w.size * 3 // 4
sparse = nm.Format("i8", nm.per_axis(1), sparsity=nm.pattern(2, 4, axis=0))
joint = nm.sparse_gpt_quantize(w, sparse, x)
assert abs(output_sqnr(joint.decode()) - output_sqnr(moved)) < 0.2
for kept in (0, 1237, w.size // 2, w.size):
    bitmap = nm.Format("i8", nm.per_axis(1), sparsity=nm.bitmap(kept))
    q = nm.sparse_gpt_quantize(w, bitmap, x)
    assert (q.decode() != 0).sum() <= kept and q.unpack()["bitmap"].sum() == kept

# Large channels: AWQ for the weight, SmoothQuant for the inputs.
x[:, ::64] *= 50
y = x @ w
int4 = nm.Format("i4", nm.per_group(64, axis=0))
awq = nm.awq_scales([w], int4, x)
assert 0 < awq.alpha <= 1 and awq.error < awq.error_without
scaled = w * awq.scales[:, None]
stored = nm.quantize(scaled, int4).decode() / awq.scales[:, None]
assert output_sqnr(stored) > output_sqnr(nm.quantize(w, int4).decode()) + 5
ranges = nm.awq_ranges(scaled / awq.scales[:, None], int4, x, scales=awq.scales)
clipped = nm.quantize(scaled, int4, ranges=ranges).decode() / awq.scales[:, None]
assert output_sqnr(clipped) > output_sqnr(stored)
smooth = nm.smooth_scales([w], abs(x).max(axis=0))
expected = np.sqrt(abs(x).max(axis=0) / abs(w).max(axis=1))
np.testing.assert_allclose(smooth, expected, rtol=1e-6)

# Bias correction takes the mean shift back.
x += 1
shift = nm.correct_bias(w, rtn, x.mean(axis=0, dtype=float))
np.testing.assert_allclose((x @ rtn + shift).mean(axis=0), (x @ w).mean(axis=0), atol=0.02)
