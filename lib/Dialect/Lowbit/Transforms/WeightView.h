//===- WeightView.h - A weight seen through copies --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTVIEW_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTVIEW_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Value.h"
#include "llvm/Support/LogicalResult.h"

namespace lowbit {

/// A tensor each of whose elements is an element of a weight: the weight
/// itself, or what broadcasts, transposes and reshapes make of it.
struct WeightView {
  mlir::Value weight;
  /// From an element's indices in the view to its indices in the weight. Each
  /// result is a dimension, or 0 for an axis of one element.
  mlir::AffineMap map;
};

/// `value` as a view of a weight. Fails if it is none, or if a reshape splits
/// or joins axes of the weight of more than one element.
llvm::FailureOr<WeightView> getWeightView(mlir::Value value);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTVIEW_H
