//===- AxisTracing.h - Tensors back through what moves them -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An importer writes one mathematical tensor under many shapes: transposed,
// with axes joined and split, broadcast. Here each axis of a tensor is a list
// of indivisible *atoms*, numbered, the slowest first; going back through a
// reshape splits, joins and permutes these lists. Two tensors with the same
// origin and the same atoms are the same; an axis of a product is an axis of
// what made it if it has the same atoms.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_AXISTRACING_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_AXISTRACING_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// The atoms of one axis. Empty for an axis of size 1.
using Axis = llvm::SmallVector<unsigned, 2>;

/// Numbers atoms, and remembers which were found to be several.
class Atoms {
public:
  unsigned add(int64_t size) {
    sizes.push_back(size);
    parts.emplace_back();
    return sizes.size() - 1;
  }
  int64_t getSize(unsigned atom) const { return sizes[atom]; }
  /// `axis` in atoms that have not been split, those of size 1 left out.
  Axis getLeaves(llvm::ArrayRef<unsigned> axis) const;
  /// All atoms of `axes`, in order.
  Axis getAllLeaves(llvm::ArrayRef<Axis> axes) const;
  bool isSame(llvm::ArrayRef<unsigned> a, llvm::ArrayRef<unsigned> b) const {
    return getLeaves(a) == getLeaves(b);
  }

  /// The atoms of `axis` distributed to axes of `sizes`, the product of which
  /// is its size; nothing if they do not fit. Splits atoms where it has to.
  std::optional<llvm::SmallVector<Axis>>
  distribute(llvm::ArrayRef<unsigned> axis, llvm::ArrayRef<int64_t> sizes);

private:
  void split(unsigned atom, llvm::ArrayRef<unsigned> into) {
    parts[atom].assign(into.begin(), into.end());
  }

  llvm::SmallVector<int64_t> sizes;
  llvm::SmallVector<llvm::SmallVector<unsigned, 2>> parts;
};

/// A value and its axes. A tensor has its own; a scalar in the body of a
/// generic has those of the loops.
struct Term {
  mlir::Value value;
  llvm::SmallVector<Axis> axes;

  explicit operator bool() const { return bool(value); }
  bool isTensor() const {
    return mlir::isa<mlir::RankedTensorType>(value.getType());
  }
  mlir::Operation *getOp() const { return value.getDefiningOp(); }
};

/// A reduction by one operation.
struct Reduction {
  /// What is reduced, the operation, and the number that it starts from.
  Term reduced;
  mlir::Operation *combiner = nullptr;
  std::optional<double> start;
};

class Tracer {
public:
  Atoms atoms;

  /// What `tensor` is a reshape, transpose, cast or broadcast of; null if it is
  /// none that can be followed.
  Term stepBack(const Term &tensor);
  /// The same as often as it goes.
  Term getOrigin(Term tensor);

  /// `term` in terms of the operation that computes its elements: past all that
  /// moves them, into the body of an elementwise generic.
  Term resolve(Term term);
  /// The same, past conversions between types of floats.
  Term skipConversions(Term term);
  /// Operand `index` of what `term`, resolved, is computed by.
  Term getOperand(const Term &term, unsigned index) {
    return {term.getOp()->getOperand(index), term.axes};
  }
  /// What is reduced along `axis` by the one operation in the body of a generic
  /// that gives `term`, resolved; without a combiner if it is none.
  Reduction matchReduction(const Term &term, llvm::ArrayRef<unsigned> axis);
  /// The number that all elements are.
  std::optional<double> getConstant(Term term, unsigned depth = 8);
  /// Whether `term` is one number, computed outside of all tensors.
  bool isUniform(Term term);
  /// Whether both are the same numbers.
  bool isSame(Term a, Term b, unsigned depth = 6);

  bool hasSameAxes(const Term &a, const Term &b);
  /// The element of `operand` in the body of its op, whose loops are `loops`;
  /// null if it is not indexed by loops alone.
  Term getOperandOf(mlir::linalg::LinalgOp op, mlir::OpOperand *operand,
                    llvm::ArrayRef<Axis> loops);

private:
  /// What a reshape to sizes that are computed is a reshape of, where its axes
  /// split or join known ones alone.
  Term stepBackReshape(mlir::tensor::ReshapeOp op, llvm::ArrayRef<Axis> axes);
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_AXISTRACING_H
