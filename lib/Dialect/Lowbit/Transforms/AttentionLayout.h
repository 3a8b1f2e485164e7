//===- AttentionLayout.h - Which axes are batch, heads, rows ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONLAYOUT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONLAYOUT_H

#include "AttentionMatch.h"

namespace lowbit {

/// The axes of lowbit.attention as atoms of a match, and the tensors to take
/// query, key and value from.
struct AttentionLayout {
  Axis batch, keyHeads, group, queries, keys, size, valueSize;
  Term query, key, value;
  /// Whether what is replaced is what rounds the result of the match.
  bool rounded = false;
  /// Whether heads lie side by side in all three, [batch, rows, heads * size].
  bool joined = false;

  Axis getQueryHeads() const {
    Axis heads = keyHeads;
    heads.append(group.begin(), group.end());
    return heads;
  }

  /// Fails with a reason if the axes of the match are not those of attention.
  static std::optional<AttentionLayout>
  get(Tracer &tracer, const MatchedAttention &match, std::string &reason);
};

/// Builds tensors with given axes of others with the same atoms.
class AxisBuilder {
public:
  /// Sizes of atoms that are not known are those of `known`'s tensors.
  AxisBuilder(Tracer &tracer, mlir::ImplicitLocOpBuilder &b,
              llvm::ArrayRef<Term> known)
      : tracer(tracer), b(b), known(known) {}

  /// `tensor` with axes `target`, which have all of its atoms.
  mlir::Value reshape(const Term &tensor, llvm::ArrayRef<Axis> target);

private:
  mlir::OpFoldResult getSize(unsigned atom);

  Tracer &tracer;
  mlir::ImplicitLocOpBuilder &b;
  llvm::ArrayRef<Term> known;
};

/// Where the size of an atom can be read, if it is not known: the one of its
/// axis that is not.
std::optional<std::pair<mlir::Value, int64_t>>
findAtom(Tracer &tracer, llvm::ArrayRef<Term> tensors, unsigned atom);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONLAYOUT_H
