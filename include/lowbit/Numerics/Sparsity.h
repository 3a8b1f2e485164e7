//===- Sparsity.h - Which values are stored at all --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_SPARSITY_H
#define LOWBIT_NUMERICS_SPARSITY_H

#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Result.h"

#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Which values of a tensor are kept; the others are 0.
struct Sparsity {
  enum class Kind {
    Dense,
    /// Of each `run` consecutive values along `axis` (a last run may be short)
    /// `keep` are, or all where there are fewer. Stored: the kept values, the
    /// axis shortened by the others, and for each its place in its run.
    Pattern,
    /// Any `kept` values of the tensor. Stored: them, in row-major order as
    /// one row, and a bit per value of the tensor.
    Bitmap,
  };

  Kind kind = Kind::Dense;
  int64_t keep = 0;
  int64_t run = 0;
  unsigned axis = 0;
  int64_t kept = 0;

  /// keep:run along an axis, such as 2:4.
  static Sparsity pattern(int64_t keep, int64_t run, unsigned axis) {
    return {Kind::Pattern, keep, run, axis, 0};
  }
  static Sparsity bitmap(int64_t kept) { return {Kind::Bitmap, 0, 0, 0, kept}; }

  bool isDense() const { return kind == Kind::Dense; }
  /// Bits of a place in a run.
  unsigned positionBits() const;
  /// The shape of the kept values of a tensor of `shape`.
  Shape keptShape(ShapeRef shape) const;
  /// A block of the tensor's axis as one of the shortened axis.
  int64_t keptBlock(int64_t block) const;

  bool operator==(const Sparsity &) const = default;
};

std::optional<Error> verifySparsity(ShapeRef shape, const Sparsity &sparsity);

/// A byte per value, 1 where it is kept: those of largest magnitude in their
/// run, or in the tensor, the first of equal ones first. All are finite.
std::vector<uint8_t> magnitudeMask(std::span<const float> values,
                                   ShapeRef shape, const Sparsity &sparsity,
                                   ThreadCount threads = {});

/// InvalidFormat, with the index of the first value of the first such run, if a
/// mask keeps more or fewer values than `sparsity` says.
std::optional<Error> verifyMask(std::span<const uint8_t> mask, ShapeRef shape,
                                const Sparsity &sparsity,
                                ThreadCount threads = {});

/// Row-major indices of the values that a pattern keeps, in the order of
/// storing. Places beyond the end of their run stand for its last value.
std::vector<int64_t> indicesOf(std::span<const int8_t> positions,
                               ShapeRef shape, const Sparsity &sparsity,
                               ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_SPARSITY_H
