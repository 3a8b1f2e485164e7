//===- ElementTypes.cpp - Element types of tensors in files and in IR -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementTypes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace lowbit;
using namespace mlir;
using weights::DType;

std::optional<DType> lowbit::getDType(Type type) {
  if (type.isF32())
    return DType::F32;
  if (type.isF16())
    return DType::F16;
  if (type.isBF16())
    return DType::BF16;
  if (type.isF64())
    return DType::F64;
  if (type.isInteger(1))
    return DType::BOOL;
  bool isUnsigned = type.isUnsignedInteger();
  if (type.isInteger(8))
    return isUnsigned ? DType::U8 : DType::I8;
  if (type.isInteger(16))
    return isUnsigned ? DType::U16 : DType::I16;
  if (type.isInteger(32))
    return isUnsigned ? DType::U32 : DType::I32;
  if (type.isInteger(64))
    return isUnsigned ? DType::U64 : DType::I64;
  return std::nullopt;
}

bool lowbit::isStoredAs(Type type, DType dtype) {
  std::optional<DType> expected = getDType(type);
  if (!expected)
    return false;
  if (expected == dtype)
    return true;
  switch (*expected) {
  case DType::I8:
    return dtype == DType::U8;
  case DType::I16:
    return dtype == DType::U16;
  case DType::I32:
    return dtype == DType::U32;
  case DType::I64:
    return dtype == DType::U64;
  default:
    return false;
  }
}

std::string lowbit::getTypeText(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      type.getShape(), os,
      [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          os << '?';
        else
          os << size;
      },
      "x");
  if (type.getRank() == 0)
    os << "scalar";
  os << " of " << type.getElementType();
  return text;
}
