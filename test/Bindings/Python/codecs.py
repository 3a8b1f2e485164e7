# REQUIRES: python-lowbit-numerics
# RUN: %python %s %lowbit_src
"""Every codec of the dialect is one of Numerics, of Python and of the estimator."""

import math
import pathlib
import re
import sys

import numpy as np

from lowbit import numerics as nm
from lowbit.estimate.encodings import parse_encoding, split_names

source = pathlib.Path(sys.argv[1], "include/lowbit/Dialect/Lowbit/IR/LowbitAttributes.td")
declared = re.findall(
    r'Lowbit_Attr<"\w+", "(\w+)",\s*\[DeclareAttrInterfaceMethods<Lowbit_CodecInterface',
    source.read_text(),
)
examples = nm.codec_examples()
words = {text.partition("<")[0] for text in examples}
assert len(declared) >= 7 and set(declared) == words, (declared, words)

for text in examples:
    codec = nm.codec(text)
    assert nm.codec("#lowbit." + text).name == codec.name
    encoding = parse_encoding("#lowbit." + text)
    assert encoding.asymptotic_bits() == codec.bits, text
    assert encoding.bytes((5, 7)) == 5 * math.ceil(7 * codec.bits / 8), text
    groups = parse_encoding(f"#lowbit.{text}-g64")
    assert groups.asymptotic_bits() == codec.bits + 16 / 64, text
    if text.startswith("kmeans"):
        continue
    # As a format: values at the levels' own scale come back as levels.
    x = np.linspace(-1, 1, 64, dtype=np.float32).reshape(4, 16)
    format = nm.Format(text, nm.per_axis(0), scale="one")
    # f32 has too many levels to list.
    if format.codec.name not in ("i1", "u1", "binary") and codec.bits <= 16:
        got = set(nm.quantize(x, format).decode().ravel().tolist())
        assert got <= set(codec.levels.tolist()), text

names = "int8,#lowbit.log<4, 2>-g32,#lowbit.codebook<[-1, 0, 1]>,f16"
assert split_names(names) == ["int8", "#lowbit.log<4, 2>-g32", "#lowbit.codebook<[-1, 0, 1]>", "f16"]
