# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""What does not fit is a ValueError with the reason."""

import numpy as np
from Inputs.raising import says

from lowbit import numerics as nm

x = np.ones((8, 8), np.float32)
int8 = nm.Format("i8")


says("no codec 'i9'; there are: i1 to i8", lambda: nm.codec("i9"))
says("none of the codecs of 'log': log<BITS, STEPS>", lambda: nm.Format("log<4>"))
says("not one of 2 to 8 bits", lambda: nm.Format("log<9, 2>"))
says("no scale type 'f64'; there are: f32, f16", lambda: nm.Format("i8", scale="f64"))
says("no range 'max'; there are: absmax, full", lambda: nm.Format("i8", range="max"))
says("no preset 'nf5'; there are: mxfp4", lambda: nm.preset("nf5"))
for size in (0, -1):
    says(f"a group has at least one element, not {size}", lambda: nm.per_group(size, axis=0))
says("axis 2 is none of a tensor of rank 2", lambda: nm.preset("mxfp4", axis=2))
says("axis -1 is none", lambda: nm.per_group(32, axis=-1))
says("1 to 8 bits, not 9", lambda: nm.affine(9))
says("2 to 256 levels, not 1", lambda: nm.Books(1))
says("does not ascend at index 1", lambda: nm.codebook(np.array([1.0, 0.0])))
says("mu above 0", lambda: nm.mu_law(8, mu=0))
says("codecs?|incompatible", lambda: nm.Format(3), TypeError)

says("rank", lambda: nm.quantize(x, nm.Format("i8", (1, None, None))))
# What is wrong for every tensor is said where the format is made.
says("zero point needs an affine codec", lambda: nm.Format("nf4", zero_point=True))
says("u8 scales need nested scales", lambda: nm.Format("nf4", scale="u8"))
says("needs books", lambda: nm.Format("kmeans<16>"))
assert nm.Format("i8", sparsity=nm.bitmap(7)) and nm.Format("i8", sparsity=nm.pattern(2, 4, 1))
assert nm.Format(nm.Books(4, (1, None)))
says("range 'minmax' needs", lambda: nm.quantize(x, int8, range="minmax"))
says("no method 'best'; there are: rtn", lambda: nm.quantize(x, int8, "best"))
says("'hqq' finds ranges of its own", lambda: nm.quantize(x, int8, "hqq", range="full"))
says("'rtn' does not weigh", lambda: nm.quantize(x, int8, weights=x))
says("no books to be learned", lambda: nm.quantize(x, int8, "kmeans"))
says("this one is dense", lambda: nm.quantize(x, int8, mask=x > 0))
says("percent", lambda: nm.quantize(x, int8, "percentile", percentile=0))
one = np.ones(1)
says(r"range 0 is \[1.0*, nan\]", lambda: nm.quantize(x, int8, ranges=(one, one * np.nan)))
says("3 ranges given for 1 blocks", lambda: nm.quantize(x, int8, ranges=(np.zeros(3), np.ones(3))))
bad = x.copy()
bad[3, 2] = np.nan
for method in ("rtn", "mse", "hqq", "percentile"):
    says(r"the value at \[3, 2\] is NaN", lambda: nm.quantize(bad, int8, method))
says(r"the value at \[3, 2\] is NaN", lambda: nm.gptq(bad, int8, x))
says(r"the value at \[3, 2\] is NaN", lambda: nm.gptq(x, int8, bad))
says(r"the value at \[3, 2\] is NaN", lambda: nm.Statistics(8).add(bad))
says("the value at element 26 is NaN", lambda: nm.quantize(bad.ravel(), int8))
says("nan|NaN", lambda: nm.Histogram().add(bad))
says("'scales', which is not given", lambda: nm.Quantized((8, 8), int8, {"codes": np.zeros(64, np.uint8)}))
parts = dict(nm.quantize(x, int8).parts)
says("does not have", lambda: nm.Quantized((8, 8), int8, parts | {"bitmap": parts["codes"]}))
says("bytes", lambda: nm.Quantized((8, 9), int8, parts))
scales = parts["scales"].view(np.float32)
for number, word in ((np.nan, "NaN"), (-np.inf, "an infinity"), (0, "0")):
    wrong = scales * 1
    wrong[0] = number
    wrong = parts | {"scales": wrong.view(np.uint8)}
    says(f"number 0 of part 'scales' is {word}", lambda: nm.Quantized((8, 8), int8, wrong))
says("another shape", lambda: nm.quantize(x, int8).errors(x[0]))
says("differ in shape", lambda: nm.measure(x, x[0]))
for levels in ([], [1.0, 0.0], [0.0, np.nan]):
    says("one or more that ascend", lambda: nm.gaussian_distortion(levels))
for percent in (-1, 101, np.nan):
    says("0 to 100 percent", lambda: nm.Histogram().percentile(percent))
    says("0 to 100 percent", lambda: nm.Histogram().magnitude_percentile(percent))
says("1 to 4096 levels, not 0", lambda: nm.Histogram().entropy_threshold(0))
says("1 to 256, not 0", lambda: nm.lloyd_max_levels(0))

# What is no array becomes one, or is a ValueError.
assert nm.quantize([[1, 2.5], [3, 4]], int8).shape == [2, 2]
assert nm.quantize(3.0, int8).shape == []
assert nm.quantize(range(4), int8, ranges=([-5], [5])).shape == [4]
assert nm.awq_scales([[[1.0, 2], [3, 4]]], int8, [[1.0, 2]]) is not None
says("real numbers are needed, not complex64", lambda: nm.quantize(x * 1j, int8))
says("real numbers are needed, not object", lambda: nm.quantize({}, int8))
says("no array of numbers: .*inhomogeneous", lambda: nm.quantize([[1.0], [1.0, 2.0]], int8))
says("real numbers are needed, not str", lambda: nm.measure("x", x))
says("real numbers are needed, not complex", lambda: nm.gptq(x, int8, x * 1j))
large = np.ones((2, 4), np.float32) * 1e38
says("the scale of block 0 is too large for its type f16", lambda: nm.quantize(large, nm.Format("i8", scale="f16")))
says(
    r"the array holds 1e\+06 at \[1, 2\], too large for codes in f16 without a scale, which end at 65504; "
    "use bf16, or give its encoding a scale",
    lambda: nm.quantize(np.float32([[1, 2, 3], [4, 5, 1e6]]), nm.Format("f16", scale="one")),
)

says("two axes, not 1", lambda: nm.gptq(x[0], int8, x))
says("reduction axis of a weight is 0 or 1", lambda: nm.gptq(x, int8, x, reduction_axis=2))
says("no Gram matrix", lambda: nm.gptq(x, int8, nm.Statistics(8)))
says("does not say how large", lambda: nm.awq_scales([x], int8, nm.Gram(np.eye(8), 8)))
says("square", lambda: nm.Gram(np.zeros((2, 3)), 1))
says("not finite", lambda: nm.gptq(x, int8, nm.Gram(np.full((8, 8), np.nan), 8)))
says(r"not at \[1, 0\]; take", lambda: nm.Gram(np.array([[1.0, 2], [3, 1]]), 1))
says("7 channels", lambda: nm.Statistics(7).add(x))
says("channels", lambda: nm.Statistics(7).merge(nm.Statistics(8)))
says("either keep and of, or fraction", lambda: nm.prune_by_magnitude(x, keep=2))
says("needs a sparse format", lambda: nm.sparse_gpt_quantize(x, int8, x))
says("no layer", lambda: nm.awq_scales([], int8, x))
says("no layer", lambda: nm.smooth_scales([], abs(x).max(axis=0)))
