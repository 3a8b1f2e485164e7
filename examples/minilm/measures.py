# ===- measures.py - how close two sets of embeddings are -----------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Measures of embeddings against reference embeddings, one row per sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Closeness:
    """How close a model's embeddings are to the reference."""

    cosine_mean: float
    cosine_min: float
    # Spearman's correlation of the similarities of all pairs of sentences: 1
    # means that every search would rank its results in the same order.
    rank_correlation: float
    max_error: float


def _normalized(rows: np.ndarray) -> np.ndarray:
    rows = rows.astype(np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count + 1) / 2)[place]


def closeness(actual: np.ndarray, reference: np.ndarray) -> Closeness:
    """Compares [sentences, width] embeddings; raises ValueError on bad shapes."""
    if actual.shape != reference.shape:
        raise ValueError(f"embeddings are {actual.shape}, not {reference.shape}")
    a, r = _normalized(actual), _normalized(reference)
    cosines = np.sum(a * r, axis=1)
    pairs = np.triu_indices(len(a), k=1)
    ranks = [_ranks((rows @ rows.T)[pairs]) for rows in (a, r)]
    return Closeness(
        cosine_mean=float(cosines.mean()),
        cosine_min=float(cosines.min()),
        rank_correlation=float(np.corrcoef(*ranks)[0, 1]),
        max_error=float(np.abs(actual - reference).max()),
    )
