//===- QuantizationSummary.h - What quantization did ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_QUANTIZATIONSUMMARY_H
#define LOWBIT_NUMERICS_QUANTIZE_QUANTIZATIONSUMMARY_H

#include "lowbit/Numerics/Bars.h"
#include "lowbit/Numerics/Metrics.h"
#include "lowbit/Numerics/Quantize/Parts.h"

#include <functional>

namespace lowbit::numerics {

/// What a block of values that share a scale lost.
struct BlockError {
  /// Row-major number of the block in Granularity::scaleShape.
  int64_t block = 0;
  /// As ErrorStatistics has them; minus infinity where zeros became others.
  double sqnrDb = 0;
  double maxError = 0;
};

/// What quantization did to a tensor.
struct QuantizationSummary {
  ErrorStatistics error;
  int64_t elements = 0;
  /// Values before that are NaN or infinite; all measures read them as 0.
  int64_t notFiniteBefore = 0;
  /// Values after that are NaN or infinite; the histogram counts them as 0.
  int64_t notFiniteAfter = 0;
  /// Values beyond the numbers that codes of their block stand for, by more
  /// than half of the step at that end: with a wider range they would have
  /// another code. What sparsity drops does not count.
  int64_t clipped = 0;
  /// Values that sparsity drops.
  int64_t pruned = 0;
  /// The blocks with the least SQNR, from the least on, then by their number.
  /// Empty if there is but one block; never one without error.
  std::vector<BlockError> worst;
  /// Of the values before and after.
  Bars bars;
};

struct SummaryOptions {
  int64_t worstBlocks = 5;
  int64_t bars = 64;
  /// So many values are decoded at a time, a dense tensor never as a whole.
  int64_t pieceElements = int64_t(1) << 22;
};

/// Gives `count` values of a tensor from number `first` on; they are used until
/// the next call.
using ValueReader =
    std::function<std::span<const float>(int64_t first, int64_t count)>;

/// Compares the tensor that `original` reads, in pieces in row-major order,
/// with what `parts` stand for. InvalidFormat if shape, format and sizes do not
/// fit; data cannot fail. The same for every number of threads.
Result<QuantizationSummary>
summarizeQuantization(const ValueReader &original, PartsView parts,
                      ShapeRef shape, const Format &format,
                      const SummaryOptions &options = {},
                      ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_QUANTIZATIONSUMMARY_H
