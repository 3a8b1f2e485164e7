//===- QuantizeStored.h - From stored reals to stored parts -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZESTORED_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZESTORED_H

#include "NonFiniteValues.h"
#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"
#include "lowbit/Numerics/Quantize/Method.h"

namespace lowbit {

/// How a tensor is to be quantized.
struct QuantizePlan {
  llvm::SmallVector<int64_t> shape;
  EncodingAttr encoding;
  RangeKind range;
  numerics::Method method = {};
  /// The axis of their input channels, further axes that layers sum over, and
  /// what is known of their inputs, where the method asks for it.
  unsigned reductionAxis = 0;
  llvm::SmallVector<unsigned> window = {};
  numerics::MethodInputs inputs = {};
  /// NaN and infinities count as 0, which a remark tells, and are no error.
  bool zeroNonFinite = false;
  numerics::ThreadCount threads = {};
  /// A tensor of more elements that is rounded to nearest is done in slices
  /// along axis 0 where the blocks of its scales and its layout allow, so that
  /// its f32 values are never all in memory. The parts are the same.
  int64_t sliceElements = 0;
};

/// The numeric form of a range kind.
numerics::RangeKind getNumericRange(RangeKind kind);

/// Why tensors of `rank` in `encoding` cannot be quantized by `method`, with
/// `range` where it is given; "" if they can. Both may be null.
std::string getMethodMisfit(EncodingAttr encoding, int64_t rank,
                            RangeKindAttr range, MethodAttr method,
                            std::optional<unsigned> reductionAxis);

/// Why a method that looks at inputs has no matrices in the weight of `layer`,
/// in `encoding`; "" if it has.
std::string getMatrixMisfit(EncodingAttr encoding, const Layer &layer);

/// Quantizes `values` and gives the parts to `sink`, in the order of the
/// operands of `lowbit.assemble`. Calls `release(first, count)` when that range
/// of elements is no longer needed. Errors (a value that is not finite, a scale
/// that overflows its type, one beyond floats without scale) go to `emit` and
/// name the place; a warning says what is lost because scales are too small for
/// their type (C185).
mlir::LogicalResult quantizeStored(
    const StoredReals &values, const QuantizePlan &plan, TensorDiagnostic emit,
    llvm::function_ref<void(int64_t, int64_t)> release, StoredSink sink);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZESTORED_H
