# ===- reference.py - attention by its definition -------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""lowbit.attention in f64, one sequence and one head at a time (section 2.6)."""

import numpy as np


def split(x, heads):
    """[batch, rows, heads * size] as [batch, heads, rows, size]."""
    batch, rows, joined = x.shape
    return x.reshape(batch, rows, heads, joined // heads).transpose(0, 2, 1, 3)


def gather(pool, table):
    """The pages [pages, heads, page, size] that one row of the table names."""
    return np.concatenate([pool[max(page, 0)] for page in table], axis=1)


def scores_of(c, q, k, head, position):
    """(C179), (C180) for one head: scores, and which keys take part."""
    s = c["scale"] * (q @ k.T)
    if c.get("soft_cap"):
        s = c["soft_cap"] * np.tanh(s / c["soft_cap"])
    key = np.arange(len(k))
    distance = position[:, None] - key[None, :]
    if "slopes" in c:
        s = s - c["slopes"][head] * np.abs(distance)
    left, right = c.get("window", (-1, -1))
    takes_part = np.ones(s.shape, bool)
    if c.get("causal"):
        takes_part &= distance >= 0
    if left >= 0:
        takes_part &= distance <= left
    if right >= 0:
        takes_part &= distance >= -right
    return s, takes_part


def softmax(s, takes_part):
    """Weights, 0 in rows without keys, and the logarithm of their sum."""
    s = np.where(takes_part, s, -np.inf)
    if s.shape[1] == 0:
        return s, np.full(len(s), -np.inf)
    top = s.max(axis=1, keepdims=True)
    e = np.exp(s - np.where(np.isneginf(top), 0, top))
    total = e.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        lse = (top + np.log(total))[:, 0]
    return e / np.where(total == 0, 1, total), lse


def attention(c):
    """Result, lse, and past and new keys and values, of a case's operands."""
    q, k, v = (c[name].astype(np.float64) for name in "qkv")
    joined = "heads" in c
    if joined:
        q = split(q, c["heads"][0])
        k, v = split(k, c["heads"][1]), split(v, c["heads"][1])
    past = 0
    if "past_k" in c:
        past = c["past_k"].shape[2]
        k = np.concatenate([c["past_k"], k], axis=2)
        v = np.concatenate([c["past_v"], v], axis=2)
    batch, heads, rows, _ = q.shape
    y = np.zeros((batch, heads, rows, v.shape[3]))
    lse = np.full((batch, heads, rows), -np.inf)
    mask = None
    if "mask" in c:
        total = k.shape[2] * (c["pages"].shape[1] if "pages" in c else 1)
        mask = c["mask"]
        if mask.shape[-1] not in (1, total):
            none = False if mask.dtype == bool else -np.inf
            width = [(0, 0)] * (mask.ndim - 1) + [(0, total - mask.shape[-1])]
            mask = np.pad(mask, width, constant_values=none)
        mask = np.broadcast_to(mask, (batch, heads, rows, total))
    packed = "q_offsets" in c
    for n in range(len(c["q_offsets"]) - 1 if packed else batch):
        b = 0 if packed else n
        first, last = c["q_offsets"][n : n + 2] if packed else (0, rows)
        if "k_offsets" in c:
            begin, end = c["k_offsets"][n : n + 2]
            kn, vn = k[0, :, begin:end], v[0, :, begin:end]
        elif "pages" in c:
            kn, vn = gather(k, c["pages"][n]), gather(v, c["pages"][n])
        else:
            kn, vn = k[n], v[n]
        length = kn.shape[1]
        if "lengths" in c:
            length = min(max(int(c["lengths"][n]), 0), 2**30)
        kn, vn = kn[:, :length], vn[:, :length]
        shift = past if c.get("top_left") else length - (last - first)
        position = np.arange(last - first) + shift
        for h in range(heads):
            g = h // (heads // kn.shape[0])
            s, takes_part = scores_of(c, q[b, h, first:last], kn[g], h, position)
            if mask is not None and mask.dtype == bool:
                takes_part &= mask[b, h, :, : len(kn[g])]
            elif mask is not None:
                s = s + mask[b, h, :, : len(kn[g])]
            weights, lse[b, h, first:last] = softmax(s, takes_part)
            y[b, h, first:last] = weights @ vn[g]
    if joined:
        y = y.transpose(0, 2, 1, 3).reshape(batch, rows, -1)
    return y, lse, k, v
