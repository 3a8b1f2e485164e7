//===- KMeans.h - Codebooks learned from the values -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_KMEANS_H
#define LOWBIT_NUMERICS_QUANTIZE_KMEANS_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Quantize/ErrorWeights.h"
#include "lowbit/Numerics/ScaleType.h"

#include <vector>

namespace lowbit::numerics {

struct KMeansOptions {
  ErrorWeights weights = {};
  /// What levels are rounded to before values are given codes.
  ScaleType levelType = ScaleType::F32;
  /// At most so many of Lloyd's iterations, from each start.
  int iterations = 100;
};

/// A book of levels per block of a tensor, and a code per element.
struct KMeansBooks {
  /// [books, k], books in the order of Granularity's scales, each ascending. A
  /// book of fewer different levels repeats its highest.
  std::vector<float> levels;
  /// Row-major: the index in its book of the level nearest to each element,
  /// ties to the lower.
  std::vector<uint8_t> codes;
};

/// Learns the `k` levels (2 to 256) of each block that minimise the weighted
/// squared error: one-dimensional k-means. The result is the same for every
/// number of threads.
///
/// Errors: InvalidFormat if k, shapes and sizes do not fit; NotFinite with the
/// index of the first NaN or infinity, or of a weight as verifyErrorWeights;
/// ScaleOverflow with the index of the first level too large for its type.
Result<KMeansBooks> learnBooks(std::span<const float> values, ShapeRef shape,
                               ShapeRef blockShape, int k,
                               const KMeansOptions &options = {},
                               ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_KMEANS_H
