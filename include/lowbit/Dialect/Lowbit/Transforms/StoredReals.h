//===- StoredReals.h - Real numbers of weights files ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDREALS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDREALS_H

#include "lowbit/Weights/DType.h"

#include <cstddef>
#include <span>
#include <vector>

namespace lowbit {

/// Real numbers as they are stored, read as f32.
struct StoredReals {
  weights::DType dtype;
  std::span<const std::byte> bytes;

  /// Whether reals may be stored as `dtype`: f16, bf16 or f32.
  static bool isReal(weights::DType dtype);

  /// `count` elements from element `first` on: a view of the bytes where they
  /// are f32 (and aligned), else of `storage`.
  std::span<const float> read(int64_t first, int64_t count,
                              std::vector<float> &storage) const;
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDREALS_H
