//===- AttentionMatch.h - What attention is made of -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONMATCH_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONMATCH_H

#include "AxisTracing.h"

namespace lowbit {

/// A key that takes no part gets this or less, in scores of `type`. Scores that
/// reach it lie where neighbouring numbers are 32 or more apart (in f32 64), so
/// that what they weigh is decided by rounding alone, whatever the mask.
inline double getLowestScore(mlir::Type type) {
  return type.isF16() ? -65504 : -1e9;
}

/// What is added to scores, or where scores are replaced.
struct MatchedMask {
  /// Floats to add, or booleans.
  Term term;
  /// Of booleans: whether a key takes part where they are false, and what the
  /// score is where it does not.
  bool inverted = false;
  double fill = 0;
  /// getLowestScore of the scores.
  double lowest = 0;
};

/// One factor of a product of activations, as the product has it and as far
/// back as it is only moved, widened and multiplied by constants.
struct MatchedFactor {
  llvm::SmallVector<Term> views;
};

/// softmax(scale * query * key^T + masks) * value
struct MatchedAttention {
  /// What is replaced, and its axes.
  Term result;
  /// What rounds the result to another type, if that is all that reads it.
  mlir::linalg::GenericOp rounding;
  mlir::linalg::LinalgOp scores, weighted;
  MatchedFactor query, key, value;
  double scale = 1;
  std::optional<double> softCap;
  llvm::SmallVector<MatchedMask> masks;
  /// Where, if anywhere, rows are replaced by 0.
  Term guard;
  /// Atoms of the keys' axis, of what query and key are multiplied along, and
  /// of values.
  Axis keys, size, valueSize;
};

/// Matches one attention, back from its result.
class AttentionMatcher {
public:
  explicit AttentionMatcher(Tracer &tracer) : tracer(tracer) {}

  /// Attention whose result is that of `root`, a product or an elementwise
  /// generic. Without one, getReason() says why if there is a softmax in front.
  std::optional<MatchedAttention> match(mlir::linalg::LinalgOp root);
  llvm::StringRef getReason() const { return reason; }

private:
  std::optional<Term> matchSoftmax(Term weights, Term divisor);
  bool matchScores(Term scores);
  bool matchProduct(const Term &product);
  bool leadsToProduct(Term term, unsigned depth = 12);
  bool matchStep(Term &term);
  bool matchSum(Term &term);
  bool matchSelect(Term &term);
  bool checkScale();
  MatchedFactor matchFactor(Term factor, bool scaled);
  bool fail(const llvm::Twine &why) {
    if (reason.empty())
      reason = why.str();
    return false;
  }

  Tracer &tracer;
  MatchedAttention match_;
  std::string reason;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONMATCH_H
