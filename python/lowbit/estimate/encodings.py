# ===- encodings.py - bits and bytes of encodings -------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The exact size of a weight in each encoding of docs/recipes.md.

What is stored is that of docs/spec.md, section 1.3. A test compares these sizes
with those that quant-opt reports, for every shorthand and for odd shapes.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, replace

from lowbit.failure import Failure

PLAIN = {"f64": 64, "f32": 32, "f16": 16, "bf16": 16, "f8": 8}


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def packed_bytes(shape: tuple[int, ...], bits: int) -> int:
    """Codes of so many bits, each row on whole bytes: all behind the first axis."""
    if len(shape) < 2:
        return ceil_div(math.prod(shape) * bits, 8)
    return shape[0] * ceil_div(math.prod(shape[1:]) * bits, 8)


@dataclass(frozen=True)
class Encoding:
    """How the numbers of a matrix are stored; sizes in bits.

    `group` values along the axis that is summed over share a scale: None for
    no scale at all, 0 for all of the axis.
    """

    name: str
    code: int
    group: int | None = None
    scale: int = 0
    zero_point: int = 0
    offset: int = 0
    # Scales that share a nested one, 0 for all; and its bits, 0 for none.
    nested_block: int = 0
    nested: int = 0
    # keep:run of n:m sparsity.
    keep: int = 1
    run: int = 1
    # Percent of the values that are pruned, wherever they are.
    pruned: float = 0

    def asymptotic_bits(self) -> float:
        """Bits per weight of a large matrix whose sizes divide."""
        bits = float(self.code)
        if self.run > 1:
            bits = (bits + self._position_bits()) * self.keep / self.run
        if self.pruned:
            bits = bits * (1 - self.pruned / 100) + 1
        if self.group:
            bits += (self.scale + self.zero_point + self.offset) / self.group
            if self.nested and self.nested_block:
                bits += self.nested / (self.group * self.nested_block)
        return bits

    def ratio(self) -> float:
        """How many times smaller than f32."""
        return 32 / self.asymptotic_bits()

    def bytes(
        self, shape: tuple[int, ...], axis: int = 0, window: tuple[int, ...] = ()
    ) -> int:
        """All parts of a tensor whose groups run along `axis`.

        A filter has a window, axes that are summed over, too: a scale is for all
        of it, and groups are of as many of its channels as they hold windows.
        """
        kept = list(shape)
        if self.run > 1:
            whole, rest = divmod(shape[axis], self.run)
            kept[axis] = whole * self.keep + min(self.keep, rest)
        if self.pruned:
            kept = [math.floor(math.prod(shape) * (100 - self.pruned) / 100)]
        total = packed_bytes(tuple(kept), self.code)
        if self.run > 1:
            total += packed_bytes(tuple(kept), self._position_bits())
        if self.pruned:
            total += packed_bytes(tuple(shape), 1)
        if self.group is None:
            return total
        scales = [size for i, size in enumerate(shape) if i != axis and i not in window]
        if self.group:
            group = self.group
            if window:
                group //= max(1, math.prod(shape[i] for i in window))
                group = max(self.run, group // self.run * self.run)
            place = axis - sum(i < axis for i in window)
            scales.insert(place, ceil_div(shape[axis], group))
        count = math.prod(scales)
        total += count * (self.scale + self.offset) // 8
        if self.zero_point:
            total += packed_bytes(tuple(scales), self.zero_point)
        if self.nested:
            block = self.nested_block or max(count, 1)
            total += ceil_div(count, block) * self.nested // 8
        return total

    def _position_bits(self) -> int:
        return (self.run - 1).bit_length()


# Those without numbers in their names.
FIXED = {
    "int8": Encoding("int8", 8, 0, 32),
    "int8-dynamic": Encoding("int8-dynamic", 8, 0, 32),
    "mxfp4": Encoding("mxfp4", 4, 32, 8),
    "mxfp8": Encoding("mxfp8", 8, 32, 8),
    "nvfp4": Encoding("nvfp4", 4, 16, 8, nested=32),
    "q4_0": Encoding("q4_0", 4, 32, 16),
    "q4_1": Encoding("q4_1", 4, 32, 16, offset=16),
    "q8_0": Encoding("q8_0", 8, 32, 16),
    "fp8": Encoding("fp8", 8, 0, 32),
    "mulaw8": Encoding("mulaw8", 8, 0, 32),
    "alaw8": Encoding("alaw8", 8, 0, 32),
    **{name: Encoding(name, bits) for name, bits in PLAIN.items()},
}
GROUPS = re.compile(r"(int([2-8])|nf4|nf4_i8|fp4|binary)-g([1-9][0-9]*)(-sym|-dq)?")
BOOKS = re.compile(r"kmeans([1-8])(?:-g([1-9][0-9]*))?")
# What says how codes are found, or what becomes of activations, stores no bit.
METHODS = re.compile(
    r"(?:percentile|mse|hqq|awq|gptq|magnitude|wanda|sparsegpt|smoothquant[0-9.]*)-(.+)"
)
STATIC = re.compile(r"int8-static(?:-asym)?(?:-p[0-9.]+|-entropy)?")
PRUNED = re.compile(r"(.+)-([0-9]+(?:\.[0-9]+)?)%")
SPARSE = re.compile(r"(.+)-([1-9][0-9]*):([1-9][0-9]*)")
# A type alone: codes and nothing else, as tables of other tools count.
CODES = re.compile(r"int([1-8])-codes|nf4-codes")
# The text of a codec: its codes, and a scale of 16 bits for each group.
TEXT = re.compile(r"(#lowbit\..+>)(?:-g([1-9][0-9]*))?")
KNOWN = (
    "f32, f16, bf16, f8, intB-codes, nf4-codes, int8, int8-dynamic, int8-static, "
    "intB-gN, intB-gN-sym, nf4-gN, nf4-gN-dq, nf4_i8-gN, nf4_i8-gN-dq, fp4-gN, fp4-gN-dq, binary-gN, "
    "binary-gN-dq, kmeansB, kmeansB-gN, mxfp4, mxfp8, nvfp4, q4_0, q4_1, q8_0, fp8, mulaw8, alaw8, "
    "a codec's text (#lowbit.log<4, 2>, or with -gN), each with -n:m or -N% behind it and "
    "methods (awq-, gptq- and so on) in front of it"
)


# Names that a misspelled one may have been, and what stands for those without a size.
EXAMPLES = [
    *FIXED,
    "int8-static",
    "nf4-g64-dq",
    "kmeans4",
    *(f"int{bits}-g128" for bits in range(2, 9)),
    *(f"int{bits}-g128-sym" for bits in range(2, 9)),
    *(f"{name}-g64" for name in ("nf4", "nf4_i8", "fp4", "binary")),
]
SIZELESS = {re.sub(r"-g[0-9]+", "", name): name for name in EXAMPLES if "-g" in name}


def split_names(text: str) -> list[str]:
    """The names of a list with commas, which texts of codecs have in brackets."""
    names = [""]
    depth = 0
    for letter in text:
        depth += (letter in "<[") - (letter in ">]")
        if letter == "," and depth == 0:
            names.append("")
        else:
            names[-1] += letter
    return names


def nearest_of(name: str, known: list[str]) -> str:
    """ "; did you mean 'llama-7b'?", or nothing."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _unknown(name: str) -> Failure:
    if name.startswith("#lowbit.encoding<"):
        codec = re.match(r"#lowbit\.encoding<(#lowbit\.\w+<[^<>]*>)", name)
        group = re.search(r"\bper group<([1-9][0-9]*)>", name)
        take = f", or its codec: '{codec[1]}{f'-g{group[1]}' if group else ''}'" if codec else ""
        return Failure(
            f"'{name}': an encoding's axes are those of one tensor, and types are for all; "
            f"take its shorthand (docs/recipes.md){take}"
        )
    if name == "llm-int8":
        return Failure(
            "'llm-int8' keeps as many channels in f16 as statistics find outliers in; without "
            "any it takes what int8 does"
        )
    if name in SIZELESS:
        return Failure(f"there is no encoding '{name}'; did you mean '{SIZELESS[name]}'?")
    # The size that is written stays.
    size = re.search(r"-g[1-9][0-9]*", name)
    known = [re.sub(r"-g[0-9]+", size[0], text) if size else text for text in EXAMPLES]
    if nearest := nearest_of(name, known):
        return Failure(f"there is no encoding '{name}'{nearest}")
    return Failure(f"there is no encoding '{name}'; there are {KNOWN}")


def _codec_bits(text: str) -> int:
    """The width of a codec's codes, as the numeric library has it."""
    try:
        from lowbit import numerics
    except ImportError as error:
        raise Failure(
            f"'{text}' is read by lowbit.numerics, which is not there: ninja -C "
            "build/release lowbit-python-modules, and build/release/python on PYTHONPATH"
        ) from error
    try:
        return numerics.codec(text).bits
    except ValueError as error:
        raise Failure(str(error)) from error


def parse_encoding(name: str) -> Encoding:
    """The encoding of a shorthand of recipes, or a plain type."""
    if match := SPARSE.fullmatch(name):
        dense = parse_encoding(match[1])
        keep, run = int(match[2]), int(match[3])
        if not 0 < keep < run <= 256 or dense.run > 1 or name.startswith("f32"):
            raise Failure(f"'{name}': n:m needs 0 < n < m <= 256")
        if dense.group and dense.group % run:
            raise Failure(f"'{name}': groups of {dense.group} hold no whole runs of {run}")
        return replace(dense, name=name, keep=keep, run=run)
    if match := PRUNED.fullmatch(name):
        dense = parse_encoding(match[1])
        pruned = float(match[2])
        if not 0 < pruned < 100 or dense.run > 1 or dense.pruned or name.startswith("f32"):
            raise Failure(f"'{name}': -N% prunes more than 0 and less than 100 % of a type")
        return replace(dense, name=name, pruned=pruned)
    if match := METHODS.fullmatch(name):
        return replace(parse_encoding(match[1]), name=name)
    if STATIC.fullmatch(name):
        return replace(FIXED["int8"], name=name)
    if name in FIXED:
        return FIXED[name]
    if match := BOOKS.fullmatch(name):
        # A book of f16 takes the place of a scale.
        bits = int(match[1])
        return Encoding(name, bits, int(match[2] or 0), 16 * 2**bits)
    if match := CODES.fullmatch(name):
        return Encoding(name, int(match[1] or 4))
    if not name.startswith("#lowbit.encoding<") and (match := TEXT.fullmatch(name)):
        bits = _codec_bits(match[1])
        return Encoding(name, bits, int(match[2]), 16) if match[2] else Encoding(name, bits)
    match = GROUPS.fullmatch(name)
    if not match:
        raise _unknown(name)
    group = int(match[3])
    if match[2]:
        if match[4] == "-dq":
            raise Failure(f"'{name}': -dq is for nf4, nf4_i8, fp4 and binary")
        bits = int(match[2])
        return Encoding(name, bits, group, 16, 0 if match[4] else bits)
    if match[4] == "-sym":
        raise Failure(f"'{name}': -sym is for intB-gN")
    bits = 1 if match[1] == "binary" else 4
    if match[4]:
        return Encoding(name, bits, group, 8, nested_block=256, nested=32)
    return Encoding(name, bits, group, 16)
