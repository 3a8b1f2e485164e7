//===- StoredTypes.cpp - Element types of tensors in files and in IR ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace lowbit;
using namespace mlir;
using weights::DType;

std::optional<DType> lowbit::getStoredDType(Type type) {
  if (type.isF32())
    return DType::F32;
  if (type.isF16())
    return DType::F16;
  if (type.isBF16())
    return DType::BF16;
  if (type.isF64())
    return DType::F64;
  if (isa<Float8E4M3FNType>(type))
    return DType::F8_E4M3;
  if (isa<Float8E5M2Type>(type))
    return DType::F8_E5M2;
  if (isa<Float8E8M0FNUType>(type))
    return DType::F8_E8M0;
  if (auto complex = dyn_cast<ComplexType>(type))
    return complex.getElementType().isF32() ? std::optional(DType::C64)
                                            : std::nullopt;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return DType::BOOL;
  case 8:
    return isUnsigned ? DType::U8 : DType::I8;
  case 16:
    return isUnsigned ? DType::U16 : DType::I16;
  case 32:
    return isUnsigned ? DType::U32 : DType::I32;
  case 64:
    return isUnsigned ? DType::U64 : DType::I64;
  default:
    return std::nullopt;
  }
}

bool lowbit::isStoredAs(Type type, DType dtype) {
  std::optional<DType> expected = getStoredDType(type);
  if (!expected)
    return false;
  if (*expected == dtype)
    return true;
  if (!type.isSignlessInteger())
    return false;
  auto withUnsigned = IntegerType::get(
      type.getContext(), type.getIntOrFloatBitWidth(), IntegerType::Unsigned);
  return getStoredDType(withUnsigned) == dtype;
}
