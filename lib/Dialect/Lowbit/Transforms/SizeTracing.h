//===- SizeTracing.h - Where sizes that are not known come from -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SIZETRACING_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SIZETRACING_H

#include "mlir/IR/BuiltinTypes.h"

namespace lowbit {

/// A size: a number, or what it comes from, which is an axis of a tensor or,
/// with axis -1, a scalar. Equal ones are equal at run time.
struct TracedSize {
  int64_t known = mlir::ShapedType::kDynamic;
  mlir::Value source;
  int64_t axis = -1;

  bool isKnown() const { return !mlir::ShapedType::isDynamic(known); }
  bool operator==(const TracedSize &) const = default;
};

/// A scalar that is a size.
TracedSize traceSize(mlir::Value scalar);

/// The size of `tensor`, which is ranked, along `axis`.
TracedSize traceSize(mlir::Value tensor, int64_t axis);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SIZETRACING_H
