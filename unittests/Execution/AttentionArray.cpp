//===- AttentionArray.cpp - Numbers for kernels of attention --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionArray.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace lowbit::nvvm;
using namespace lowbit::test;

const llvm::fltSemantics &lowbit::test::getSemantics(Half half) {
  return half == Half::F16 ? llvm::APFloat::IEEEhalf()
                           : llvm::APFloat::BFloat();
}

const llvm::fltSemantics &lowbit::test::getSemantics(ScaleType scale) {
  switch (scale) {
  case ScaleType::F16:
    return llvm::APFloat::IEEEhalf();
  case ScaleType::BF16:
    return llvm::APFloat::BFloat();
  default:
    return llvm::APFloat::IEEEsingle();
  }
}

const llvm::fltSemantics &lowbit::test::getSemantics(MaskType mask) {
  switch (mask) {
  case MaskType::F16:
    return llvm::APFloat::IEEEhalf();
  case MaskType::BF16:
    return llvm::APFloat::BFloat();
  default:
    return llvm::APFloat::IEEEsingle();
  }
}

void Array::fill(int64_t size, const llvm::fltSemantics &semantics,
                 llvm::function_ref<double()> draw) {
  elementBytes = llvm::APFloat::getSizeInBits(semantics) / 8;
  bytes.resize(size * elementBytes);
  values.resize(size);
  for (int64_t i = 0; i < size; ++i) {
    llvm::APFloat number(draw());
    bool lost;
    number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lost);
    uint64_t bits = number.bitcastToAPInt().getZExtValue();
    memcpy(&bytes[i * elementBytes], &bits, elementBytes);
    number.convert(llvm::APFloat::IEEEdouble(),
                   llvm::APFloat::rmNearestTiesToEven, &lost);
    values[i] = number.convertToDouble();
  }
}

/// The number that a code stands for; NaN for those that encoding never gives.
static double decode(Codes codes, uint64_t code) {
  if (codes == Codes::I8)
    return static_cast<int8_t>(code);
  if (codes == Codes::I4)
    return static_cast<double>(code & 7) - static_cast<double>(code & 8);
  const llvm::fltSemantics &semantics = codes == Codes::F8E4M3FN
                                            ? llvm::APFloat::Float8E4M3FN()
                                            : llvm::APFloat::Float8E5M2();
  llvm::APFloat number(semantics, llvm::APInt(8, code));
  if (!number.isFinite())
    return std::numeric_limits<double>::quiet_NaN();
  bool lost;
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &lost);
  return number.convertToDouble();
}

void Array::fillCodes(int64_t rows, int64_t size, const MatrixStorage &storage,
                      double limit, Array &scales, bool oneScale,
                      std::mt19937_64 &random) {
  int64_t bits = storage.getBits();
  std::vector<std::pair<uint64_t, double>> numbers;
  double largest = 0;
  for (uint64_t code = 0; code < uint64_t(1) << bits; ++code) {
    double number = decode(*storage.codes, code);
    // Not those that are NaN.
    if (!(std::fabs(number) <= limit))
      continue;
    numbers.push_back({code, number});
    largest = std::max(largest, std::fabs(number));
  }
  std::uniform_real_distribution<double> uniform(0.5, 1.5);
  if (storage.hasScales())
    scales.fill(oneScale ? 1 : rows, getSemantics(storage.scale),
                [&] { return uniform(random) / largest; });
  std::uniform_int_distribution<size_t> any(0, numbers.size() - 1);
  bytes.assign(rows * size * bits / 8, 0);
  for (int64_t i = 0; i < rows * size; ++i) {
    auto [code, number] = numbers[any(random)];
    bytes[i * bits / 8] |= code << (i * bits % 8);
    double scale = 1;
    if (storage.hasScales())
      scale = scales.values[oneScale ? 0 : i / size];
    values.push_back(number * scale);
  }
}
