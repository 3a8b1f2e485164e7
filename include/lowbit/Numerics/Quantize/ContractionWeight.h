//===- ContractionWeight.h - The weight of y = x W --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_CONTRACTIONWEIGHT_H
#define LOWBIT_NUMERICS_QUANTIZE_CONTRACTIONWEIGHT_H

#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Numerics/Parallel.h"

#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// The weight of y = x W with K inputs and N outputs, as it is stored:
/// row-major [K, N] with reduction axis 0, or [N, K] with reduction axis 1.
/// Some functions take tensors of any rank too, and say so: those have their
/// input channels along the reduction axis.
struct ContractionWeight {
  std::span<const float> values;
  Shape shape;
  unsigned reductionAxis = 0;
  /// Further axes that are summed over, of a filter.
  std::vector<unsigned> window = {};

  int64_t inputs() const { return shape[reductionAxis]; }
  int64_t outputs() const { return shape[1 - reductionAxis]; }
  /// Where the weight of an input and an output lies.
  int64_t index(int64_t input, int64_t output) const {
    return reductionAxis == 0 ? input * shape[1] + output
                              : output * shape[1] + input;
  }
};

/// InvalidFormat if shape and sizes do not fit; NotFinite with the index of the
/// first value that is NaN or infinite.
std::optional<Error> verifyContraction(const ContractionWeight &weight,
                                       ThreadCount threads = {});

/// InvalidStatistics unless statistics of `channels` are those of the weight's
/// inputs.
std::optional<Error> verifyInputs(const ContractionWeight &weight,
                                  int64_t channels);

/// InvalidStatistics with the first channel whose statistics are not finite, or
/// negative where they cannot be, as sums of squares and of magnitudes.
std::optional<Error> verifyStatistics(std::span<const double> values,
                                      bool canBeNegative = false);

/// InvalidFormat if `test` has another size than the weight.
std::optional<Error> verifyReplacement(const ContractionWeight &weight,
                                       std::span<const float> test);

/// The transpose of a row-major [rows, columns].
template <typename T>
std::vector<T> transposed(std::span<const T> values, int64_t rows,
                          int64_t columns) {
  std::vector<T> result(values.size());
  constexpr int64_t tile = 32;
  for (int64_t i = 0; i < rows; i += tile)
    for (int64_t j = 0; j < columns; j += tile)
      for (int64_t r = i, e = std::min(rows, i + tile); r < e; ++r)
        for (int64_t c = j, f = std::min(columns, j + tile); c < f; ++c)
          result[c * rows + r] = values[r * columns + c];
  return result;
}

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_CONTRACTIONWEIGHT_H
