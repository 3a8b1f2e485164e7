//===- CodeErrors.h - The error of blocks under given scales ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_CODEERRORS_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_CODEERRORS_H

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/Parallel.h"

#include <vector>

namespace lowbit::numerics {

/// Weighted sums over each of some blocks, with x a value, d the decoded code
/// nearest to it under the block's scale s and zero point z,
/// r = x - s * (d - z) the residual and w the weight. Being sums of residuals
/// they say precisely how the error changes with s and z while the codes stay;
/// sums of x * d would cancel.
struct ErrorSums {
  explicit ErrorSums(size_t blocks);

  std::vector<float> error;         ///< sum w r^2
  std::vector<float> residualCodes; ///< sum w r d
  std::vector<float> codeSquares;   ///< sum w d^2
  /// These two only where they are asked for.
  std::vector<float> residuals; ///< sum w r
  std::vector<float> codes;     ///< sum w d
};

/// Blocks in slots as BlockReader makes them.
struct BlockSlots {
  const float *values;
  /// Null: all 1.
  const float *weights;
  int64_t slotSize;
  /// The size of each block.
  std::vector<int64_t> sizes;
};

/// What the values of each block are best divided by: 1 where squares of them
/// keep their digits in f32, and otherwise the power of two next to the largest
/// magnitude.
std::vector<float> unitsOf(const BlockSlots &blocks);
/// The values in their units; in `buffer` if any is not 1.
void divideByUnits(BlockSlots &blocks, const std::vector<float> &units,
                   std::vector<float> &buffer);

/// Encodes each block with its entry of scales and zeroPoints (null: all zero)
/// and sums up what that loses; `hasShifts` asks for the sums without d and
/// without r, which zero points need anyhow. `threads` work on one block if it
/// is large; the sums do not depend on them.
void measureErrors(const Codec &codec, const BlockSlots &blocks,
                   const float *scales, const int8_t *zeroPoints,
                   bool hasShifts, ThreadCount threads, ErrorSums &sums);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_CODEERRORS_H
