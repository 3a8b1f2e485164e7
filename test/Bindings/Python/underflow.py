# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""A warning where values are too small for scales of their type (C185)."""

import warnings

import numpy as np

from lowbit import numerics as nm

x = np.random.default_rng(1).standard_normal((64, 64), np.float32)
x[:16] *= np.float32(1e-9)
x[5] = 0
f16 = nm.Format("i8", nm.per_axis(0), scale="f16")
counted = (
    "the array needs smaller scales than its encoding has: 15 of 64 scales are 5.96e-08, "
    "the smallest of f16, or were raised to it; use bf16 or f32 scales"
)


def said(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert all(warning.category is UserWarning for warning in caught)
    return [str(warning.message) for warning in caught]


for method in ("rtn", "mse", "hqq", "percentile"):
    assert said(lambda: nm.quantize(x, f16, method)) == [counted], method
inputs = np.random.default_rng(2).standard_normal((200, 64), np.float32)
assert said(lambda: nm.gptq(x, f16, inputs)) == [counted]
assert said(lambda: nm.quantize(x, nm.Format("i8", nm.per_axis(0), scale="bf16"))) == []
assert said(lambda: nm.quantize(x * 0, f16)) == []

# Nothing is destroyed where the type reaches: half of the smallest scale rounds to
# zero, and four of its seven steps are left.
half = nm.Format("i4", scale="f16")
small = np.full((2, 2), 7 * 2.0**-25, np.float32)
assert (nm.quantize(small, half).decode() == 4 * 2.0**-24).all()
lost = "the array decodes to zeros alone, though it is not zero: its values are too small for "
assert said(lambda: nm.quantize(small * 1e-3, half)) == [
    lost + "scales in f16; use bf16 or f32 scales"
]
books = nm.Format(nm.Books(4, type="f16"))
assert said(lambda: nm.quantize(x * 1e-9, books)) == [
    lost + "levels in f16; use levels in f32, or scales"
]

# Whole blocks are lost where others are not.
mixed = np.random.default_rng(3).standard_normal((256, 64), np.float32)
parts_lost = "decode to zeros alone, though they are not zero: their "
for name, factor in ("nf4-g64-dq", 1e-4), ("nvfp4", 1e-4):
    mixed[:, ::2] *= np.float32(factor)
    warned = said(lambda: nm.quantize(mixed, nm.preset(name, axis=0)))
    assert len(warned) == 1 and parts_lost + "scales are too small for " in warned[0], warned
mixed[:, ::2] *= np.float32(1e-2)
plain = nm.Format("f16", scale="one")
for format, what in (
    (plain, "32 of 64 slices along axis 1 "),
    (nm.Format(nm.Books(16, block=nm.per_axis(1), type="f16")), "32 of 64 codebooks "),
):
    warned = said(lambda: nm.quantize(mixed, format))
    assert len(warned) == 1 and what + parts_lost + "values are too small for " in warned[0], warned

# Whoever makes errors of warnings gets one.
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        nm.quantize(x, f16)
        raise AssertionError("no error")
    except UserWarning as warning:
        assert str(warning) == counted

# The least nested scale is the least whose product with the least scale is not zero.
denormal = np.full((2, 16), 1e-39, np.float32)
(text,) = said(lambda: nm.quantize(denormal, nm.preset("nvfp4")))
assert "1 of 1 nested scales are 7.17e-43, the smallest in f32 that scales in f8E4M3FN can be multiplied by" in text, text

# Codes of one sign (C194).
signed = np.float32([[1, -2, 3, -4]])
for method in ("rtn", "percentile"):
    assert said(lambda: nm.quantize(signed, nm.Format("u4"), method)) == [
        "the array loses 2 of 4 values (50 %), which become 0: codes of 'u4' have one sign; "
        "give its encoding a zero point, or use 'i4'"
    ]
levels = nm.codebook(np.array([0, 0.5, 1]))
(text,) = said(lambda: nm.quantize(signed, nm.Format(levels)))
assert text.endswith("codes of 'custom' have one sign; use a codec with levels of both"), text
assert said(lambda: nm.quantize(signed, nm.Format("u4", zero_point=True))) == []
assert said(lambda: nm.quantize(abs(signed), nm.Format("u4"))) == []
