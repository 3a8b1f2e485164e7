# ===- cases.py - attention of every kind, small --------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Operands and attributes of cases; sizes are odd wherever they may be."""

import numpy as np

CASES = {}


def cases(group):
    """Puts what the decorated function makes among the cases of a group."""

    def add(make):
        made = make(np.random.default_rng(7))
        CASES.setdefault(group, {})[make.__name__] = made
        return make

    return add


def reals(r, *shape, dtype=np.float32):
    return r.standard_normal(shape).astype(dtype)


def qkv(r, batch=2, heads=(3, 3), rows=(5, 7), sizes=(6, 4), dtype=np.float32):
    """Query, key and value of rank 4, and a scale."""
    return {
        "q": reals(r, batch, heads[0], rows[0], sizes[0], dtype=dtype),
        "k": reals(r, batch, heads[1], rows[1], sizes[0], dtype=dtype),
        "v": reals(r, batch, heads[1], rows[1], sizes[1], dtype=dtype),
        "scale": sizes[0] ** -0.5,
    }


def joined(r, batch=2, heads=(4, 2), rows=(5, 7), sizes=(6, 4)):
    """The same of rank 3, with heads side by side."""
    return {
        "q": reals(r, batch, rows[0], heads[0] * sizes[0]),
        "k": reals(r, batch, rows[1], heads[1] * sizes[0]),
        "v": reals(r, batch, rows[1], heads[1] * sizes[1]),
        "scale": sizes[0] ** -0.5,
        "heads": heads,
    }


@cases("rows")
def plain(r):
    return qkv(r)


@cases("rows")
def one_query(r):
    return qkv(r, rows=(1, 33), sizes=(40, 40))


@cases("rows")
def grouped(r):
    return qkv(r, heads=(6, 2))


@cases("rows")
def multi_query(r):
    return qkv(r, heads=(5, 1)) | {"causal": True}


@cases("rows")
def infinite_query(r):
    # (C181) All scores of the row are -inf, without a mask.
    c = qkv(r)
    c["k"] = np.abs(c["k"])
    c["q"][1, 2, 3] = -np.inf
    return c


@cases("rows")
def joined_heads(r):
    return joined(r)


@cases("rows")
def joined_masked(r):
    return joined(r, heads=(3, 3)) | {"mask": r.random((2, 1, 5, 7)) > 0.4}


@cases("positions")
def causal_square(r):
    return qkv(r, rows=(9, 9)) | {"causal": True}


@cases("positions")
def causal_more_keys(r):
    return qkv(r) | {"causal": True}


@cases("positions")
def causal_fewer_keys(r):
    # The first queries have no key.
    return qkv(r, rows=(7, 3)) | {"causal": True}


@cases("positions")
def causal_top_left(r):
    return qkv(r) | {"causal": True, "top_left": True}


@cases("positions")
def causal_top_left_fewer_keys(r):
    return qkv(r, heads=(4, 2), rows=(70, 33)) | {"causal": True, "top_left": True}


@cases("positions")
def top_left_everything(r):
    c = qkv(r, heads=(6, 2), rows=(9, 300)) | {"window": (4, 70), "top_left": True}
    return c | {"slopes": np.abs(reals(r, 6)), "soft_cap": 2.0}


@cases("positions")
def window(r):
    return qkv(r, rows=(9, 11)) | {"window": (2, 1)}


@cases("positions")
def window_causal(r):
    return qkv(r, rows=(9, 9)) | {"window": (3, 2), "causal": True}


@cases("positions")
def window_right(r):
    return qkv(r, rows=(9, 9)) | {"window": (-1, 2), "top_left": True}


@cases("positions")
def window_none(r):
    # (C186) What programs write for no limit.
    most = 2**63 - 1
    return qkv(r, rows=(9, 11)) | {"window": (most, most), "top_left": True}


@cases("positions")
def window_none_left(r):
    return qkv(r, rows=(9, 11)) | {"window": (2**30, 1)}


@cases("positions")
def window_none_right(r):
    return qkv(r, rows=(9, 3)) | {"window": (1, 2**31 - 1)}


@cases("masks")
def soft_cap(r):
    return qkv(r) | {"soft_cap": 0.5, "causal": True}


@cases("masks")
def alibi(r):
    return qkv(r) | {"slopes": reals(r, 3)}


@cases("masks")
def alibi_causal(r):
    return joined(r) | {"slopes": np.abs(reals(r, 4)), "causal": True}


def with_mask(r, *shape, floats=False):
    mask = reals(r, *shape) if floats else r.random(shape) > 0.3
    return qkv(r) | {"mask": mask}


@cases("masks")
def mask_bool(r):
    return with_mask(r, 2, 3, 5, 7)


@cases("masks")
def mask_keys(r):
    return with_mask(r, 2, 1, 1, 7)


@cases("masks")
def mask_rank_1(r):
    return with_mask(r, 7)


@cases("masks")
def mask_rank_2(r):
    return with_mask(r, 5, 7, floats=True)


@cases("masks")
def mask_rank_3(r):
    return with_mask(r, 3, 5, 7, floats=True)


@cases("masks")
def mask_queries(r):
    return with_mask(r, 2, 1, 5, 1)


@cases("masks")
def mask_nothing(r):
    c = with_mask(r, 2, 1, 5, 7)
    c["mask"][0, 0, 2] = False
    c["mask"][1] = False
    return c


@cases("masks")
def mask_infinite(r):
    c = with_mask(r, 2, 1, 5, 7, floats=True) | {"causal": True}
    c["mask"][0, 0, 1:4] = -np.inf
    return c


def with_short_mask(r, *shape, floats=False):
    return with_mask(r, *shape, floats=floats) | qkv(r, rows=(5, 33))


# (C168) Both numbers of keys are to be known.
@cases("short")
def mask_short(r):
    return with_short_mask(r, 2, 1, 5, 20)


@cases("short")
def mask_short_floats(r):
    return with_short_mask(r, 3, 5, 20, floats=True) | {"causal": True}


@cases("short")
def mask_short_rank_1(r):
    return with_short_mask(r, 20)


@cases("short")
def mask_short_past(r):
    c = joined(r, rows=(2, 2)) | {"mask": reals(r, 2, 1, 1, 9)}
    return c | {"past_k": reals(r, 2, 2, 8, 6), "past_v": reals(r, 2, 2, 8, 4)}


@cases("short")
def mask_short_halves(r):
    c = qkv(r, dtype=np.float16) | {"causal": True}
    return c | {"mask": reals(r, 2, 1, 5, 4, dtype=np.float16)}


@cases("past")
def past(r):
    c = qkv(r, rows=(3, 3)) | {"causal": True}
    return c | {"past_k": reals(r, 2, 3, 5, 6), "past_v": reals(r, 2, 3, 5, 4)}


@cases("past")
def past_joined(r):
    c = joined(r, rows=(1, 1)) | {"mask": reals(r, 2, 1, 1, 9)}
    return c | {"past_k": reals(r, 2, 2, 8, 6), "past_v": reals(r, 2, 2, 8, 4)}


@cases("past")
def past_top_left(r):
    c = qkv(r, rows=(3, 4)) | {"causal": True, "top_left": True, "window": (4, -1)}
    return c | {"past_k": reals(r, 2, 3, 5, 6), "past_v": reals(r, 2, 3, 5, 4)}


@cases("past")
def past_alone(r):
    # No new keys behind the past ones.
    c = qkv(r, rows=(3, 0))
    return c | {"past_k": reals(r, 2, 3, 5, 6), "past_v": reals(r, 2, 3, 5, 4)}


@cases("past")
def past_of_none(r):
    c = qkv(r, rows=(3, 4)) | {"causal": True}
    return c | {"past_k": reals(r, 2, 3, 0, 6), "past_v": reals(r, 2, 3, 0, 4)}


@cases("past")
def past_of_no_batch(r):
    c = qkv(r, batch=0, rows=(3, 4)) | {"causal": True}
    return c | {"past_k": reals(r, 0, 3, 5, 6), "past_v": reals(r, 0, 3, 5, 4)}


def with_lengths(r, *lengths, dtype=np.int64, **sizes):
    c = qkv(r, batch=len(lengths), **sizes)
    c["lengths"] = np.array(lengths, dtype)
    for n, length in enumerate(lengths):
        c["k"][n, :, max(length, 0) :] = np.nan
        c["v"][n, :, max(length, 0) :] = np.nan
    return c


@cases("past")
def lengths(r):
    return with_lengths(r, 7, 3, 0)


@cases("past")
def lengths_causal(r):
    return with_lengths(r, 7, 2, dtype=np.int32) | {"causal": True}


@cases("past")
def lengths_top_left(r):
    c = with_lengths(r, 7, 2, 0, heads=(4, 2)) | {"causal": True, "top_left": True}
    return c | {"window": (2, -1)}


@cases("past")
def lengths_beyond(r):
    # (C196) More than there are, more than any, and none.
    return with_lengths(r, 9, 2**63 - 1, -2, -(2**63), 2**30 + 1) | {"window": (4, 3)}


@cases("past")
def lengths_mask(r):
    return with_lengths(r, 7, 4) | {"mask": reals(r, 2, 1, 5, 7), "window": (2, -1)}


def packed(r, queries, keys, heads=(4, 2), **sizes):
    """Sequences one behind the other, with rows of none before and after."""
    starts = np.cumsum([1, *queries]), np.cumsum([2, *keys])
    c = qkv(r, 1, heads, (starts[0][-1] + 2, starts[1][-1] + 1), **sizes)
    c["v"][:, :, :2] = np.nan
    return c | {
        "q_offsets": starts[0].astype(np.int32),
        "k_offsets": starts[1].astype(np.int32),
    }


@cases("sequences")
def packed_plain(r):
    return packed(r, (3, 1, 4), (3, 5, 2))


@cases("sequences")
def packed_none(r):
    # No sequence at all: the one offset is where none begins and ends.
    return packed(r, (), ())


@cases("sequences")
def packed_none_causal(r):
    return packed(r, (), ()) | {"causal": True}


@cases("sequences")
def packed_causal(r):
    return packed(r, (3, 0, 4), (5, 2, 2)) | {"causal": True}


@cases("sequences")
def packed_alibi(r):
    return packed(r, (3, 1, 4), (3, 0, 6)) | {"slopes": reals(r, 4), "window": (2, 2)}


@cases("sequences")
def packed_top_left(r):
    return packed(r, (3, 1, 4), (3, 5, 2)) | {"causal": True, "top_left": True}


@cases("sequences")
def packed_queries(r):
    c = with_lengths(r, 7, 3, 5, heads=(4, 2))
    c["q"] = reals(r, 1, 4, 9, 6)
    return c | {"q_offsets": np.array([0, 3, 4, 9]), "causal": True}


@cases("sequences")
def packed_queries_full(r):
    c = qkv(r, batch=3, heads=(4, 2)) | {"q": reals(r, 1, 4, 9, 6)}
    return c | {"q_offsets": np.array([0, 3, 4, 8]), "causal": True}


def with_pages(r, lengths, heads=(4, 2), page=4, **sizes):
    """A table of pages in any order, and what is no page beyond the lengths."""
    count, most = len(lengths), max(-(-n // page) for n in lengths) + 1
    c = qkv(r, batch=count * most, heads=heads, rows=(5, page), **sizes)
    c["q"] = c["q"][:count]
    table = r.permutation(count * most).reshape(count, most).astype(np.int32)
    for n, length in enumerate(lengths):
        table[n, -(-length // page) :] = -1
    return c | {"pages": table, "lengths": np.array(lengths)}


@cases("sequences")
def paged(r):
    return with_pages(r, (7, 3)) | {"causal": True}


@cases("sequences")
def paged_mask(r):
    return with_pages(r, (7, 3)) | {"mask": reals(r, 2, 1, 5, 12)}


@cases("sequences")
def paged_packed(r):
    c = with_pages(r, (7, 3, 9)) | {"q": reals(r, 1, 4, 6, 6)}
    return c | {"q_offsets": np.array([0, 1, 3, 6]), "causal": True}


@cases("sequences")
def paged_joined(r):
    c = with_pages(r, (7, 3)) | {"heads": (4, 2)}
    for name in "qkv":
        x = c[name].transpose(0, 2, 1, 3)
        c[name] = x.reshape(*x.shape[:2], -1)
    return c


@cases("halves")
def halves(r):
    c = qkv(r, dtype=np.float16) | {"causal": True}
    return c | {"mask": reals(r, 2, 1, 5, 7, dtype=np.float16)}


@cases("halves")
def long_heads(r):
    # Long odd multiples of 16 are padded further where there is a mask.
    c = qkv(r, batch=1, heads=(2, 1), rows=(20, 70), sizes=(232, 240), dtype=np.float16)
    return c | {"causal": True, "soft_cap": 20.0, "mask": reals(r, 20, 70, dtype=np.float16)}


@cases("rows")
def no_keys(r):
    return qkv(r, rows=(5, 0))
