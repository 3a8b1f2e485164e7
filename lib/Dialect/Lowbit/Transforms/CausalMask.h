//===- CausalMask.h - Masks that say which keys are not later ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CAUSALMASK_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CAUSALMASK_H

#include "AttentionMatch.h"

namespace lowbit {

/// Recognizes masks that let query i see key j if and only if j <= i + offset,
/// offset >= 0: comparisons of indices, and constant triangles.
class CausalMasks {
public:
  CausalMasks(Tracer &tracer, llvm::ArrayRef<unsigned> queries,
              llvm::ArrayRef<unsigned> keys)
      : tracer(tracer), queries(tracer.atoms.getLeaves(queries)),
        keys(tracer.atoms.getLeaves(keys)) {}

  /// The offset of `mask`, or of a causal mask in the sum that it is; then
  /// `mask` becomes the rest of it, or null. A mask that `isOnly` leaves each
  /// query a key, so that it may give the others any score that is so low that
  /// none is left of it; others must give them -inf.
  std::optional<int64_t> takeOffset(MatchedMask &mask, bool isOnly);

private:
  std::optional<int64_t> getOffset(const MatchedMask &mask);
  /// query * i + key * j + constant, all three small enough to be added and
  /// multiplied.
  struct Linear {
    int64_t query = 0, key = 0, constant = 0;
  };
  /// The least and the largest value, over all queries and keys.
  std::pair<int64_t, int64_t> getRange(const Linear &linear) const;
  /// `linear`, if no value is out of the range of the signed type: what wraps
  /// around is not linear.
  std::optional<Linear> keepExact(const Linear &linear, mlir::Type type) const;
  std::optional<Linear> getLinear(Term term, unsigned depth = 10);
  /// `isVisible` for which condition holds: j <= i + offset, or the opposite.
  struct Triangle {
    int64_t offset;
    bool isVisible;
  };
  std::optional<Triangle> getTriangle(Term condition, unsigned depth = 6);
  std::optional<Triangle> getCompared(const Term &compare);
  std::optional<Triangle> getConstantTriangle(const Term &constant);
  std::optional<int64_t> getOffsetOfFloats(Term term, unsigned depth = 6);

  /// Whether an element says that a key takes part; nothing if it says neither.
  std::optional<bool> isVisible(mlir::Attribute element) const;

  Tracer &tracer;
  Axis queries, keys;
  /// What a key that takes no part gets, or less.
  double lowest = 0;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CAUSALMASK_H
