//===- Statistics.h - What calibration learns about a layer's input -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_STATISTICS_H
#define LOWBIT_NUMERICS_STATISTICS_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Result.h"

#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Second moments X^T X of `rows` rows of K channels, not divided by their
/// number: [K, K], row-major and symmetric to the bit.
struct GramMatrix {
  int64_t channels = 0;
  int64_t rows = 0;
  std::vector<double> values;

  double diagonal(int64_t channel) const {
    return values[channel * (channels + 1)];
  }
};

/// First moments and ranges, one entry per channel.
struct ChannelStatistics {
  explicit ChannelStatistics(int64_t channels = 0);

  int64_t channels() const { return minimum.size(); }

  int64_t rows = 0;
  /// +infinity and -infinity where there are no rows.
  std::vector<float> minimum, maximum;
  std::vector<double> sum, sumOfMagnitudes, sumOfSquares;

  /// max|x| and means; 0 where there are no rows.
  std::vector<float> maxMagnitude() const;
  std::vector<double> mean() const;
  std::vector<double> meanMagnitude() const;
};

/// Statistics of a layer's input X, [rows, K], that comes in pieces. They are
/// the same for every number of threads, and for every way to cut one stream
/// of rows into pieces.
class ActivationStatistics {
public:
  enum class Gram { Skip, Collect };

  explicit ActivationStatistics(int64_t channels, Gram gram = Gram::Skip);
  /// Goes on from statistics of earlier rows; a Gram matrix is of the same rows
  /// and channels.
  explicit ActivationStatistics(ChannelStatistics channels,
                                std::optional<GramMatrix> gram = std::nullopt);

  /// Adds further rows of K elements each. NotFinite with the row-major index
  /// in `rows`, or InvalidStatistics if they are no whole rows; nothing is
  /// added after an error.
  std::optional<Error> add(std::span<const float> rows,
                           ThreadCount threads = {});

  /// Adds what `other` has seen. InvalidStatistics if it has other channels or
  /// only one of the two collects a Gram matrix.
  std::optional<Error> merge(const ActivationStatistics &other);

  const ChannelStatistics &channels() const { return moments; }
  bool hasGram() const { return gram.has_value(); }

  /// X^T X of all rows so far; empty unless collected.
  GramMatrix gramMatrix(ThreadCount threads = {}) const;

private:
  /// Adds X^T X of `count` rows to the upper triangle of `into`.
  static void accumulate(const float *rows, int64_t count, GramMatrix &into,
                         ThreadCount threads);

  ChannelStatistics moments;
  /// Without the pending rows, and only the upper triangle.
  std::optional<GramMatrix> gram;
  /// Rows short of a full block.
  std::vector<float> pending;
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_STATISTICS_H
