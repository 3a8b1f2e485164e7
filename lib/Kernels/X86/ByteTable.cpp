//===- ByteTable.cpp - Levels looked up byte by byte ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteTable.h"

#include "Codes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

/// Bytes that instructions interleave by themselves.
static constexpr int64_t lane = 16;

static VectorType getBytes(ImplicitLocOpBuilder &b) {
  return VectorType::get({ByteTable::size}, b.getI8Type());
}

ByteTable::ByteTable(ImplicitLocOpBuilder &b, ArrayRef<uint32_t> levels,
                     int64_t width) {
  for (int64_t byte = 0; byte < width; ++byte) {
    SmallVector<int8_t> all;
    for (size_t i = 0; i < std::max<size_t>(levels.size(), size); ++i)
      all.push_back(
          static_cast<int8_t>(levels[i % levels.size()] >> (8 * byte)));
    SmallVector<Value> &registers = bytes.emplace_back();
    for (size_t first = 0; first < all.size(); first += size)
      registers.push_back(arith::ConstantOp::create(
          b, DenseElementsAttr::get(getBytes(b),
                                    ArrayRef<int8_t>(all).slice(first, size))));
  }
}

int64_t ByteTable::getCodeOf(int64_t i, int64_t width) {
  int64_t unit = lane / width, number = i / unit;
  return (number % width * (size / lane) + number / width) * unit + i % unit;
}

Value ByteTable::arrange(ImplicitLocOpBuilder &b, Value codes, int64_t width) {
  int64_t count = cast<VectorType>(codes.getType()).getNumElements();
  SmallVector<int64_t> places;
  for (int64_t i = 0; i < size; ++i) {
    int64_t code = getCodeOf(i, width);
    places.push_back(code < count ? code : vector::ShuffleOp::kPoisonIndex);
  }
  return vector::ShuffleOp::create(b, codes, codes, places);
}

Value ByteTable::lookUpByte(ImplicitLocOpBuilder &b, Value codes,
                            int64_t byte) const {
  ArrayRef<Value> registers = bytes[byte];
  auto call = [&](StringRef name, ValueRange operands) -> Value {
    return LLVM::CallIntrinsicOp::create(b, getBytes(b), b.getStringAttr(name),
                                         operands)
        .getResult(0);
  };
  auto lookUpInTwo = [&](size_t first) {
    return call("llvm.x86.avx512.vpermi2var.qi.512",
                {registers[first], codes, registers[first + 1]});
  };
  if (registers.size() == 1)
    return call("llvm.x86.avx512.permvar.qi.512", {registers[0], codes});
  if (registers.size() == 2)
    return lookUpInTwo(0);
  Value isHigh = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, codes,
                                       splat(b, getBytes(b), 0));
  return arith::SelectOp::create(b, isHigh, lookUpInTwo(2), lookUpInTwo(0));
}

Value ByteTable::interleave(ImplicitLocOpBuilder &b, Value low, Value high,
                            int64_t unit, int64_t half) {
  SmallVector<int64_t> places;
  for (int64_t first = 0; first < size; first += lane)
    for (int64_t i = 0; i < lane / 2; i += unit)
      for (int64_t of : {int64_t(0), size})
        for (int64_t j = 0; j < unit; ++j)
          places.push_back(of + first + half * lane / 2 + i + j);
  return vector::ShuffleOp::create(b, low, high, places);
}

SmallVector<Value> ByteTable::lookUp(ImplicitLocOpBuilder &b, Value codes,
                                     Value isNegative) const {
  SmallVector<SmallVector<Value>> parts;
  for (int64_t byte = 0; byte < int64_t(bytes.size()); ++byte)
    parts.push_back({lookUpByte(b, codes, byte)});
  if (isNegative) {
    Value &highest = parts.back()[0];
    highest = arith::SelectOp::create(
        b, isNegative,
        arith::OrIOp::create(b, highest, splat(b, getBytes(b), -128)), highest);
  }
  // Neighbouring parts become one of twice the width, and twice as many
  // vectors.
  for (int64_t unit = 1; parts.size() > 1; unit *= 2) {
    SmallVector<SmallVector<Value>> next;
    for (size_t i = 0; i < parts.size(); i += 2) {
      SmallVector<Value> &wide = next.emplace_back();
      for (auto [low, high] : llvm::zip_equal(parts[i], parts[i + 1]))
        for (int64_t half : {0, 1})
          wide.push_back(interleave(b, low, high, unit, half));
    }
    parts = std::move(next);
  }
  return parts.front();
}
