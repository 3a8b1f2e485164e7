//===- StoredReals.h - Real numbers as they are stored ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDREALS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDREALS_H

#include "lowbit/Weights/DType.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace lowbit {

/// What the elements of a tensor are multiplied by: a number for each index of
/// one of its axes.
struct RealFactors {
  std::vector<float> values;
  int64_t axis;
  /// Elements from one index of the axis to the next.
  int64_t stride;
  /// The products are rounded to this type.
  weights::DType type;
  /// The inputs of the layer have been divided by them.
  bool areInputScales = false;
};

/// Which channels of a tensor are taken.
struct RealSelection {
  int64_t axis;
  /// Of the tensor along that axis.
  int64_t size;
  std::vector<int64_t> indices;
  /// Elements from one index of the axis to the next.
  int64_t stride;
};

/// What is computed from a stored tensor at compile time.
struct RealSteps {
  /// First, these channels are taken,
  std::optional<RealSelection> selection = {};
  /// and what there is then is multiplied by these, in order.
  llvm::SmallVector<RealFactors> factors = {};
};

/// Real numbers as they are stored, read as f32.
struct StoredReals {
  weights::DType dtype;
  std::span<const std::byte> bytes;
  /// What is computed from them; null for nothing.
  const RealSteps *steps = nullptr;

  /// Whether reals may be stored as `dtype`: f16, bf16 or f32.
  static bool isReal(weights::DType dtype);

  /// `count` elements of the result from element `first` on: a view of the
  /// bytes where they are f32 (and aligned) and nothing is computed, else of
  /// `storage`.
  std::span<const float> read(int64_t first, int64_t count,
                              std::vector<float> &storage) const;

private:
  std::span<const float> readStored(int64_t first, int64_t count,
                                    std::vector<float> &storage) const;
  void readSelected(const RealSelection &selection, int64_t first,
                    int64_t count, std::vector<float> &storage) const;
};

/// The bytes in which `values` are stored as `dtype`, rounded to it.
std::vector<std::byte> storeReals(std::span<const float> values,
                                  weights::DType dtype);

/// How `value` comes from the stored tensor behind it (getUnscaled).
RealSteps getRealSteps(mlir::Value value);

/// Their products along each axis that has any, in f32, in order of the axes.
llvm::SmallVector<RealFactors> joinByAxis(llvm::ArrayRef<RealFactors> factors);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDREALS_H
