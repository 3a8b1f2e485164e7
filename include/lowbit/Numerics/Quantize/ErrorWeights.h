//===- ErrorWeights.h - How much each element's error counts ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_ERRORWEIGHTS_H
#define LOWBIT_NUMERICS_QUANTIZE_ERRORWEIGHTS_H

#include "lowbit/Numerics/Granularity.h"

#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// How much the squared error of each element counts. Finite and not negative;
/// at most one of the two is given, none means 1 for all.
struct ErrorWeights {
  /// One per element of the tensor, row-major.
  std::span<const float> elements = {};
  /// One per index of the tensor's axis `axis`: the second moments of the
  /// inputs that the reduction axis of a weight meets, say.
  std::span<const float> channels = {};
  int64_t axis = 0;
};

/// InvalidFormat if the weights do not fit a tensor of `shape`, NotFinite with
/// the index of the first weight that is not finite or is negative.
std::optional<Error> verifyErrorWeights(const ErrorWeights &weights,
                                        ShapeRef shape);

/// Weights in the proportions of `moments`, which are finite and not negative:
/// the largest is 1, so that they fit f32 whatever number of rows was summed
/// up. Zeros if all are.
std::vector<float> relativeWeights(std::span<const double> moments);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_ERRORWEIGHTS_H
