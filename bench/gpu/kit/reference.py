"""Attention of one head in double precision, and the error that roundings allow.

`xp` is numpy or torch: only what both have is used.
"""

import math

LOWEST = -1e4


def attend(xp, q, k, v, rows, case, spec, *, queries, length, slope=None, mask=None):
    """Output, its bound, log-sum-exp and its bound of the rows `rows` (a column) of a
    head of float64; `mask` is bool or float64, of rows by keys; a length beyond the keys
    moves the rows."""
    keys = k.shape[0]
    unit = 2.0**-24
    scale = case.get_scale(q.shape[1])
    score = (q @ k.T) * scale
    absolute = (xp.abs(q) @ xp.abs(k).T) * scale
    error = (q.shape[1] + 9) * absolute
    if spec.get("soft_cap"):
        score = case.cap * xp.tanh(score / case.cap)
        error = error + 16 * xp.abs(score)
    center = rows + (case.past_keys if spec.get("top_left") else length - queries)
    key = xp.arange(keys, device=k.device)[None, :] if hasattr(k, "device") else xp.arange(keys)[None, :]
    if spec.get("alibi"):
        bias = slope * xp.abs(center - key)
        score = score - bias
        error = error + 4 * bias
    hidden = key >= min(max(length, 0), keys)
    if spec.get("causal"):
        hidden = hidden | (key > center)
    if spec.get("window_left"):
        hidden = hidden | (key < center - case.window_left)
    if spec.get("window_right"):
        hidden = hidden | (key > center + case.window_right)
    if spec.get("mask") == "bool":
        hidden = hidden | ~mask
    elif mask is not None:
        finite = xp.isfinite(mask)
        score = score + mask
        error = error + xp.where(finite, 4 * xp.abs(mask), xp.zeros_like(mask))
    hidden = hidden | (score == -math.inf)
    score = xp.where(hidden, xp.full_like(score, -math.inf), score)
    # Keys far below the others count for nothing.
    counts = ~hidden & (score > LOWEST)
    score_error = xp.where(counts, unit * (error + 4 * xp.abs(score)), xp.zeros_like(score))
    score_error = xp.amax(score_error, -1)[:, None]
    largest = xp.amax(score, -1)[:, None]
    empty = largest == -math.inf
    shift = xp.where(empty, xp.zeros_like(largest), largest)
    weights = xp.exp(score - shift)
    total = weights.sum(-1)[:, None]
    weights = weights / xp.where(empty, xp.ones_like(total), total)
    magnitude = xp.abs(shift)
    capped = xp.where(magnitude > 1e4, xp.full_like(magnitude, 1e4), magnitude)
    f16 = spec["element"] == "f16"
    rounding = 2.0 ** (-11 if f16 else -8)
    # The weights and the output have 8 or 11 bits; the rest is f32, ex2 with some 2
    # units, and each step of the running sum rounds.
    relative = 2 * rounding * (1 + rounding) + 2 * xp.expm1(2 * score_error)
    relative = relative + unit * (64 + 2 * keys + 8 * capped)
    relative = xp.where(empty, xp.zeros_like(relative), relative)
    # Weights below the least normal f16 lose bits that others do not.
    least = keys * 2.0**-22 if f16 else 0.0
    bound = relative * (weights @ xp.abs(v)) + least
    sums = xp.log(xp.where(empty, xp.ones_like(total), total)) + largest
    sums_bound = 2 * score_error + unit * (16 + 2 * keys + 8 * magnitude)
    return weights @ v, bound, sums[:, 0], sums_bound[:, 0]


def compare(xp, actual, expected, bound):
    """The largest error, and the largest in units of its bound: up to 1 is right, and
    what is no number has infinitely many."""
    same = actual == expected
    none = xp.zeros_like(expected)
    error = xp.abs(xp.where(same, none, actual) - xp.where(same, none, expected))
    share = error / xp.where(bound > 0, bound, xp.full_like(bound, 1e-300))
    worst = float(xp.amax(share.reshape(-1), -1))
    if math.isnan(worst):
        return math.inf, math.inf
    return float(xp.amax(error.reshape(-1), -1)), worst
