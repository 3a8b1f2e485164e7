//===- LowbitSparsity.cpp - Which values are kept -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"

using namespace lowbit;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Dense
//===----------------------------------------------------------------------===//

numerics::Sparsity DenseAttr::getSparsity() const { return {}; }

SmallVector<int64_t> DenseAttr::getStoredShape(ArrayRef<int64_t> shape) const {
  return llvm::to_vector(shape);
}

//===----------------------------------------------------------------------===//
// n:m
//===----------------------------------------------------------------------===//

LogicalResult NMAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                             int64_t keep, int64_t run, int64_t axis) {
  // (C110)
  if (keep < 1 || keep >= run || run > 256)
    return emitError() << "sparsity keeps 1 to m - 1 of m values, m at most "
                          "256, not "
                       << keep << " of " << run;
  if (axis < 0)
    return emitError() << "axes are not negative, got " << axis;
  return success();
}

numerics::Sparsity NMAttr::getSparsity() const {
  return numerics::Sparsity::pattern(getKeep(), getRun(), getAxis());
}

SmallVector<int64_t> NMAttr::getStoredShape(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> stored = llvm::to_vector(shape);
  int64_t &size = stored[getAxis()];
  if (!ShapedType::isDynamic(size))
    size = getSparsity().keptBlock(size);
  return stored;
}

//===----------------------------------------------------------------------===//
// Bitmap
//===----------------------------------------------------------------------===//

LogicalResult BitmapAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t kept) {
  // (C111)
  if (kept < 0)
    return emitError() << "a bitmap keeps no negative number of values, got "
                       << kept;
  return success();
}

numerics::Sparsity BitmapAttr::getSparsity() const {
  return numerics::Sparsity::bitmap(getKept());
}

SmallVector<int64_t> BitmapAttr::getStoredShape(ArrayRef<int64_t>) const {
  return {getKept()};
}
