# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""Formats by description and by name, and what they cost."""

import numpy as np

from lowbit import numerics as nm


def bits(format, shape=(384, 1536)):
    return round(format.bits_per_weight(shape), 3)


# What docs/recipes.md says of shorthands.
assert bits(nm.Format("i8", nm.per_axis(1))) == 8.083
group = nm.per_group(128, axis=0)
assert bits(nm.Format("u4", group, scale="f16", zero_point=True)) == 4.156
assert bits(nm.preset("nf4-g64-dq", axis=0)) == 4.127
assert bits(nm.preset("q4_1", axis=0)) == 5.0
sparse = nm.Format("i4", (32, 1), scale="f16", sparsity=nm.pattern(2, 4, axis=0))
assert bits(sparse) == 3.5
assert bits(nm.Format("bf16", scale="one")) == 16
books = nm.Books(16, block=(None, 1), type="f16")
assert bits(nm.Format(books)) == round(4 + 256 / 384, 3)

# No block is one for the tensor, of any rank.
assert nm.per_axis(1) == (None, 1) and nm.per_axis(0, rank=3) == (1, None, None)
assert nm.per_group(32, axis=2, rank=3) == (1, 1, 32)
for shape in ((), (5,), (2, 3, 4)):
    nm.Format("i8").bits_per_weight(shape)

# Ranges.
assert nm.Format("i4").range == "absmax"
assert nm.Format("u4", zero_point=True).range == "minmax"
assert nm.Format("i4", range="full").range == "full"
assert nm.preset("mxfp4").range == "exponent"
assert nm.Format(books).range is None
assert "nvfp4" in nm.preset_names()
assert all(nm.preset(name).codec.bits >= 4 for name in nm.preset_names())

# Codecs and their levels.
nf4 = nm.codec("nf4")
assert (nf4.name, nf4.bits, len(nf4.levels)) == ("nf4", 4, 16)
assert nf4.levels[0] == -1 and nf4.levels[-1] == 1
assert nm.affine(3).levels.tolist() == [-4, -3, -2, -1, 0, 1, 2, 3]
assert nm.affine(2, signed=False).name == "u2"
assert nm.mu_law(8).name == "mulaw<8, 255>" and nm.a_law(5, a=87.6).bits == 5
book = nm.codebook(np.array([-1, 0, 0.5, 2]), name="mine")
assert book.bits == 2 and book.levels.tolist() == [-1, 0, 0.5, 2]
assert repr(book) == "Codec(mine)"
assert nm.Format(book, scale="f16").codec.name == "mine"

# By the text of the dialect.
log = nm.Format("log<4, 2>", nm.per_group(32, axis=0), scale="f16")
assert log.codec.bits == 4 and bits(log) == 4.5
assert nm.codec("#lowbit.affine<u3>").name == "u3"
assert nm.codec("codebook<[-1, 0, 1]>").levels.tolist()[:3] == [-1, 0, 1]

# What is printed says what was written.
for text in (
    "Format('i8')",
    "Format('u4', (128, 1), scale='f16', zero_point=True)",
    "Format('log<4, 2>', (None, 1), scale='bf16')",
    "Format('u4', (1, 32), scale='f16', offset='f16')",
    "Format('nf4', (64,), scale='u8', nested='f32', nested_block=256)",
    "Format('f4E2M1FN', (1, 16), scale='f8E4M3FN', nested='f32')",
    "Format('i4', (32, 1), scale='f16', sparsity=pattern(2, 4, axis=0))",
    "Format('i4', sparsity=bitmap(10), range='full')",
    "Format(Books(16, block=(None, 1), type='f16'))",
    "Format(Books(4, type='f32'))",
):
    assert repr(eval(text, vars(nm))) == text, repr(eval(text, vars(nm)))
for name in nm.preset_names():
    assert name in nm.preset.__doc__
    text = repr(nm.preset(name))
    assert repr(eval(text, vars(nm))) == text and eval(text, vars(nm)).range == nm.preset(name).range
stored = nm.quantize(np.ones((4, 6), np.float32), nm.Format("i8", nm.per_axis(1)))
assert repr(stored) == "<Quantized (4, 6) in Format('i8', (None, 1)), 48 bytes>", stored
