//===- QuantizeStored.h - From stored reals to stored parts -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZESTORED_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZESTORED_H

#include "StoredReals.h"
#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Numerics/Layout/Panels.h"

namespace lowbit {

/// How a tensor is to be quantized.
struct QuantizePlan {
  llvm::SmallVector<int64_t> shape;
  EncodingAttr encoding;
  RangeKind range;
  numerics::ThreadCount threads;
  /// A tensor of more elements is done in slices along axis 0 where the blocks
  /// of its scales and its layout allow, so that its f32 values are never all
  /// in memory. The parts are the same.
  int64_t sliceElements;
};

/// The numeric forms of a layout attribute and of a range kind.
numerics::PanelLayout getPanelLayout(PanelsAttr panels);
numerics::RangeKind getNumericRange(RangeKind kind);

/// Quantizes `values` and gives the parts to `sink`, in the order of the
/// operands of `lowbit.assemble`. Calls `release(first, count)` when that range
/// of elements is no longer needed. Errors (a value that is not finite, a scale
/// that overflows its type) go to `emitError` and name the place.
mlir::LogicalResult
quantizeStored(const StoredReals &values, const QuantizePlan &plan,
               llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
               llvm::function_ref<void(int64_t, int64_t)> release,
               StoredSink sink);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZESTORED_H
