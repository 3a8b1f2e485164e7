# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""Error measures, Lloyd-Max levels and histograms against numpy."""

import math

import numpy as np

from lowbit import numerics as nm

x = np.random.default_rng(3).standard_normal(10000).astype(np.float32)
test = x + np.float32(0.01)
errors = nm.measure(x, test)
error = (test - x).astype(float)
np.testing.assert_allclose(errors.mse, (error**2).mean())
np.testing.assert_allclose(
    errors.sqnr_db, 10 * math.log10((x.astype(float) ** 2).sum() / (error**2).sum())
)
np.testing.assert_allclose(
    errors.psnr_db, 10 * math.log10(float(abs(x).max()) ** 2 / (error**2).mean())
)
assert errors.max_abs_error == abs(error).max() and errors.count == x.size
np.testing.assert_allclose(
    errors.cosine, np.corrcoef(x, test)[0, 1], atol=1e-3
)
assert nm.measure(x, x).sqnr_db == math.inf and nm.measure(x, x).relative_error == 0

# Max 1960, table I; rates of the theory.
np.testing.assert_allclose(
    nm.lloyd_max_levels(4), [-1.5104, -0.4528, 0.4528, 1.5104], atol=1e-4
)
for count, decibels in ((2, 4.40), (4, 9.30), (8, 14.62), (16, 20.22)):
    distortion = nm.gaussian_distortion(nm.lloyd_max_levels(count))
    assert abs(-10 * math.log10(distortion) - decibels) < 0.01

histogram = nm.Histogram()
histogram.add(x[:6000])
rest = nm.Histogram()
rest.add(x[6000:])
histogram.merge(rest)
assert histogram.count == x.size and histogram.maximum == x.max()
assert abs(histogram.percentile(90) - np.percentile(x, 90)) < 0.01
assert abs(histogram.magnitude_percentile(99) - np.percentile(abs(x), 99)) < 0.01
assert 2 < histogram.entropy_threshold(8) <= histogram.maximum
