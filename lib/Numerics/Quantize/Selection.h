//===- Selection.h - The largest of some scores -----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_SELECTION_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_SELECTION_H

#include <cstdint>
#include <span>

namespace lowbit::numerics {

/// keep[i * stride] = 1 for the `kept` largest of `n` scores, of equal ones the
/// first, and 0 for the others. For the few of a run of n:m sparsity.
void keepLargestOfRun(const float *scores, int64_t n, int64_t kept,
                      uint8_t *keep, int64_t stride);

/// The same for many scores, side by side.
void keepLargest(std::span<const float> scores, int64_t kept, uint8_t *keep);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_SELECTION_H
