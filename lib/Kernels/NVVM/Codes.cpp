//===- Codes.cpp - Codes of few bits become halves ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Codes.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace lowbit::nvvm;
using namespace mlir;

StringRef lowbit::nvvm::getName(Codes codes) {
  switch (codes) {
  case Codes::I8:
    return "i8";
  case Codes::I4:
    return "i4";
  case Codes::F8E4M3FN:
    return "f8E4M3FN";
  case Codes::F8E5M2:
    return "f8E5M2";
  }
  llvm_unreachable("all are named");
}

std::optional<Codes> lowbit::nvvm::parseCodes(StringRef name) {
  return llvm::StringSwitch<std::optional<Codes>>(name)
      .Case("i8", Codes::I8)
      .Case("i4", Codes::I4)
      .Case("f8E4M3FN", Codes::F8E4M3FN)
      .Case("f8E5M2", Codes::F8E5M2)
      .Default(std::nullopt);
}

int64_t lowbit::nvvm::getBits(Codes codes) {
  return codes == Codes::I4 ? 4 : 8;
}

/// The same 16 bits in both halves of a word.
static int64_t twice(int64_t bits) {
  return static_cast<int32_t>(static_cast<uint32_t>(bits) * 0x10001u);
}

static int64_t getExponentBits(Codes codes) {
  return codes == Codes::F8E4M3FN ? 4 : 5;
}

/// Places that exponents of codes are shifted by: the sign stays.
static int64_t getShift(Codes codes, Half half) {
  return (half == Half::F16 ? 5 : 8) - getExponentBits(codes);
}

bool CodeDecoder::hasInstruction() const {
  // E5M2 is the upper byte of f16: no instruction is faster.
  return codes == Codes::F8E4M3FN && half == Half::F16 &&
         target.capability >= 89;
}

double CodeDecoder::getUnit() const {
  // Exponents count from 2^-7, in f16 from 2^-15. In bf16, where products with
  // such small numbers would vanish, decoding makes up for it.
  bool isSmall =
      codes == Codes::F8E4M3FN && half == Half::F16 && !hasInstruction();
  return isSmall ? 256 : 1;
}

double CodeDecoder::getLargest() const {
  switch (codes) {
  case Codes::I8:
    return 128;
  case Codes::I4:
    return 8;
  case Codes::F8E4M3FN:
    return 256 / getUnit();
  case Codes::F8E5M2:
    return 32768;
  }
  llvm_unreachable("all have one");
}

Value CodeDecoder::toPair(KernelBuilder &kernel, Value word) const {
  Type type = VectorType::get(2, getType(kernel, half));
  return LLVM::BitcastOp::create(kernel.builder, kernel.getLoc(), type, word);
}

static Value toWord(KernelBuilder &kernel, Value pair) {
  return LLVM::BitcastOp::create(kernel.builder, kernel.getLoc(), kernel.i32,
                                 pair);
}

Value CodeDecoder::splat(KernelBuilder &kernel, double value) const {
  auto type = VectorType::get(2, getType(kernel, half));
  APFloat number(value);
  bool lost;
  number.convert(cast<FloatType>(type.getElementType()).getFloatSemantics(),
                 APFloat::rmNearestTiesToEven, &lost);
  assert(!lost && "the number is one of the type");
  return kernel.constant(DenseElementsAttr::get(type, number));
}

Values CodeDecoder::decode(KernelBuilder &kernel, Value word) const {
  if (hasInstruction())
    return convert(kernel, word);
  bool isInteger = codes == Codes::I8 || codes == Codes::I4;
  return isInteger ? decodeIntegers(kernel, word) : decodeFloats(kernel, word);
}

Values CodeDecoder::decodeIntegers(KernelBuilder &kernel, Value word) const {
  // A number from 2^n on, n bits of fraction, has whole numbers as its last
  // bits: there the code goes, with its sign bit inverted, so that it counts
  // from the least code on.
  int64_t fraction = half == Half::F16 ? 10 : 7;
  int64_t large = half == Half::F16 ? 0x6400 : 0x4300;
  int64_t bits = getBits(), sign = int64_t(1) << (bits - 1);
  double number = std::ldexp(1.0, fraction);
  auto subtract = [&](Value a, Value b) {
    Value difference =
        LLVM::FSubOp::create(kernel.builder, kernel.getLoc(), a, b);
    return toWord(kernel, difference);
  };
  Values pairs;
  for (int64_t i = 0; i < getPairs(); ++i) {
    Value shifted = kernel.shiftRight(word, bits * i);
    if (bits <= fraction) {
      Value code = kernel.bitAnd(shifted, twice(2 * sign - 1));
      Value sum = kernel.bitXor(code, twice(large | sign));
      pairs.push_back(
          subtract(toPair(kernel, sum), splat(kernel, number + double(sign))));
      continue;
    }
    // The sign has no room in bf16; but 2^n and 2^(n + 1) differ in one bit,
    // which is its weight.
    assert(bits == fraction + 1 && "the sign is one bit too much");
    Value low = kernel.bitOr(kernel.bitAnd(shifted, twice(sign - 1)),
                             kernel.constant(twice(large)));
    Value top = kernel.bitOr(kernel.bitAnd(shifted, twice(sign)),
                             kernel.constant(twice(large)));
    pairs.push_back(subtract(toPair(kernel, low), toPair(kernel, top)));
  }
  return pairs;
}

Values CodeDecoder::decodeFloats(KernelBuilder &kernel, Value word) const {
  int64_t shift = getShift(codes, half);
  Values pairs;
  for (int64_t i = 0; i < getPairs(); ++i) {
    // Codes in the upper bytes.
    Value upper = i == 0 ? kernel.shiftLeft(word, 8) : word;
    if (shift == 0) {
      pairs.push_back(kernel.bitAnd(upper, twice(0xff00)));
      continue;
    }
    Value sign = kernel.bitAnd(upper, twice(0x8000));
    Value rest = kernel.shiftRight(kernel.bitAnd(upper, twice(0x7f00)), shift);
    Value bits = kernel.bitOr(sign, rest);
    if (half == Half::BF16) {
      // What exponents of codes and of bf16 count from.
      int64_t bias = (int64_t(1) << (getExponentBits(codes) - 1)) - 1;
      Value scale = splat(kernel, std::ldexp(1.0, 127 - bias));
      bits =
          toWord(kernel, LLVM::FMulOp::create(kernel.builder, kernel.getLoc(),
                                              toPair(kernel, bits), scale));
    }
    pairs.push_back(bits);
  }
  return pairs;
}

Values CodeDecoder::convert(KernelBuilder &kernel, Value word) const {
  OpBuilder &b = kernel.builder;
  Location loc = kernel.getLoc();
  // Codes 0 and 2, then 1 and 3.
  Value ordered = NVVM::PermuteOp::create(b, loc, kernel.i32, word, word,
                                          kernel.constant(0x3120),
                                          NVVM::PermuteMode::DEFAULT);
  Value halves =
      LLVM::BitcastOp::create(b, loc, VectorType::get(2, kernel.i16), ordered);
  Values pairs;
  for (int64_t i : {0, 1}) {
    Value pair =
        LLVM::ExtractElementOp::create(b, loc, halves, kernel.constant(i));
    pair = LLVM::BitcastOp::create(b, loc, VectorType::get(2, kernel.i8), pair);
    pair = NVVM::ConvertF8x2ToF16x2Op::create(
        b, loc, VectorType::get(2, kernel.f16), pair, /*relu=*/false,
        Float8E4M3FNType::get(kernel.getContext()));
    pairs.push_back(toWord(kernel, pair));
  }
  return pairs;
}
