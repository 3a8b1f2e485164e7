//===- KMeans.h - Codebooks learned from the values -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_KMEANS_H
#define LOWBIT_NUMERICS_QUANTIZE_KMEANS_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/ErrorWeights.h"

#include <vector>

namespace lowbit::numerics {

struct KMeansOptions {
  ErrorWeights weights = {};
  /// At most so many of Lloyd's iterations, from each start.
  int iterations = 100;
};

/// Learns the levels of each book that minimise the weighted squared error of
/// its block: one-dimensional k-means. [books, levels], books in the order of
/// Granularity's scales, each ascending, rounded to their type. A book of fewer
/// different levels repeats its highest. The result is the same for every
/// number of threads.
///
/// Errors: InvalidFormat if the number of levels, 2 to 256, shapes and sizes do
/// not fit; NotFinite with the index of the first NaN or infinity, or of a
/// weight as verifyErrorWeights; ScaleOverflow with the index of the first
/// level too large for its type.
Result<std::vector<float>> learnBooks(std::span<const float> values,
                                      ShapeRef shape, const Books &books,
                                      const KMeansOptions &options = {},
                                      ThreadCount threads = {});

/// The parameters of a format with books. Scales and offsets, where it has
/// them, are those that take each block to [-1, 1] by the default range; levels
/// are learned from what is left, with the errors that the scales make of it.
/// Of a sparse format only the kept values count. Errors are those of
/// learnBooks and chooseParameters.
Result<BlockParameters> chooseKMeans(std::span<const float> values,
                                     ShapeRef shape, const Format &format,
                                     const KMeansOptions &options = {},
                                     ThreadCount threads = {});

/// chooseKMeans as a ParameterChooser. The weights are those of the tensors it
/// will be called with, and must outlive it.
ParameterChooser kMeansChooser(KMeansOptions options = {},
                               ThreadCount threads = {});

/// The values in such a format: each has the code of the nearest level of its
/// book, ties to the lower level.
Result<UnpackedParts> quantizeKMeans(std::span<const float> values,
                                     ShapeRef shape, const Format &format,
                                     const KMeansOptions &options = {},
                                     ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_KMEANS_H
