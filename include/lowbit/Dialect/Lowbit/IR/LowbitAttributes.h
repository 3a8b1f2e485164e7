//===- LowbitAttributes.h - Encoding and its parts --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_H
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_H

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Numerics/Format.h"
#include "lowbit/Numerics/Layout/BitOrder.h"
#include "lowbit/Numerics/Quantize/Method.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"

namespace lowbit {
using numerics::PartKind;
class ScaleAttr;
} // namespace lowbit

#include "lowbit/Dialect/Lowbit/IR/LowbitEnums.h.inc"

namespace lowbit {

/// The parameters of a ScaleAttr, to be filled in one by one.
struct ScaleFields {
  mlir::Type type;
  GranularityKind granularity = GranularityKind::Tensor;
  llvm::SmallVector<int64_t> axes = {};
  int64_t group = 0;
  llvm::SmallVector<int64_t> block = {};
  unsigned zeroPointBits = 0;
  bool zeroPointSigned = false;
  mlir::FloatType nestedType = {};
  int64_t nestedBlock = 0;
  mlir::FloatType offsetType = {};
};

} // namespace lowbit

#include "lowbit/Dialect/Lowbit/IR/LowbitInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h.inc"

namespace lowbit {

/// How `numerics` calls a type of scales or offsets.
numerics::ScaleType getNumericScaleType(mlir::Type type);

/// The method of an encode: where it has none, rounding to nearest, or learning
/// the levels that the encoding needs.
numerics::Method getMethodInForce(EncodingAttr encoding, MethodAttr method);

/// The encoding of a tensor type, or null if it has none of ours.
inline EncodingAttr getEncoding(mlir::Type type) {
  if (auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type))
    return llvm::dyn_cast_or_null<EncodingAttr>(tensor.getEncoding());
  return nullptr;
}

/// `type` without its encoding: the type of the real numbers it denotes.
inline mlir::RankedTensorType getRealType(mlir::RankedTensorType type) {
  return mlir::RankedTensorType::get(type.getShape(), type.getElementType());
}

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_H
