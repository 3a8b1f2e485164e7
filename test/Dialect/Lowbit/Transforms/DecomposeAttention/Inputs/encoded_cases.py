# ===- encoded_cases.py - attention on encoded operands, small ------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Cases with encoded operands, beside those of cases.py."""

from cases import cases, joined, packed, paged, past, qkv, reals, with_lengths, with_pages


@cases("encoded")
def encoded_i8(r):
    return qkv(r) | {"encode": {"k": "i8", "v": "i8"}}


@cases("encoded")
def encoded_i4_past(r):
    c = past(r)
    return c | {"encode": {"q": "i8", "k": "i4", "past_k": "i4", "past_v": "i4"}}


@cases("encoded")
def encoded_f8_pages(r):
    return paged(r) | {"encode": {"k": "f8", "v": "f8"}}


@cases("encoded")
def encoded_joined(r):
    return joined(r) | {"encode": {"k": "i8", "v": "f8"}}


def encoded(c, **kinds):
    return c | {"encode": kinds}


@cases("codes")
def codes_i8(r):
    return encoded(qkv(r, sizes=(16, 8)), k="i8", v="i8") | {"causal": True}


@cases("codes")
def codes_i4(r):
    c = qkv(r, heads=(4, 2), rows=(70, 90), sizes=(64, 32))
    return encoded(c, k="i4", v="i4") | {"window": (20, 5)}


@cases("codes")
def codes_f8(r):
    c = qkv(r, heads=(4, 1), sizes=(40, 40)) | {"slopes": reals(r, 4)}
    return encoded(c, k="f8", v="f8") | {"mask": r.random((2, 1, 1, 7)) > 0.3}


@cases("codes")
def codes_mixed(r):
    c = qkv(r, sizes=(24, 48)) | {"soft_cap": 2.0, "mask": reals(r, 5, 7)}
    return encoded(c, k="i4", v="f8")


@cases("codes")
def codes_values(r):
    return encoded(qkv(r, rows=(1, 33), sizes=(16, 80)), v="i8")


@cases("codes")
def codes_joined(r):
    return encoded(joined(r, sizes=(32, 16)), k="i8", v="i4") | {"causal": True}


@cases("codes")
def codes_lengths(r):
    return encoded(with_lengths(r, 7, 3, 0, sizes=(16, 16)), k="i8", v="i4")


@cases("codes")
def codes_packed(r):
    c = packed(r, (3, 0, 4), (5, 2, 2), sizes=(16, 8)) | {"causal": True}
    return encoded(c, k="i4", v="i8")


@cases("codes")
def codes_past(r):
    c = qkv(r, rows=(3, 3), sizes=(16, 8)) | {"causal": True}
    c |= {"past_k": reals(r, 2, 3, 5, 16), "past_v": reals(r, 2, 3, 5, 8)}
    return encoded(c, k="i8", past_k="i8", v="i8", past_v="i8")


@cases("codes")
def codes_past_alone(r):
    c = qkv(r, rows=(3, 0), sizes=(16, 8))
    c |= {"past_k": reals(r, 2, 3, 5, 16), "past_v": reals(r, 2, 3, 5, 8)}
    return encoded(c, k="i8", past_k="i8", v="i8", past_v="i8")


@cases("codes")
def codes_pages(r):
    c = with_pages(r, (7, 3), sizes=(16, 8)) | {"causal": True}
    return encoded(c, k="i8", v="i4")
