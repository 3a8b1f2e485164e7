//===- Softmax.cpp - The running softmax of attention ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Softmax.h"

#include "lowbit/Kernels/NVVM/Approximate.h"
#include "lowbit/Kernels/NVVM/Reduce.h"

#include <limits>
#include <numbers>

using namespace lowbit::nvvm;
using namespace mlir;

Values RunningSoftmax::getInitial(KernelBuilder &kernel) const {
  int64_t rows = tile.getThreadRows();
  // The least number, not -infinity: then a difference of two is never NaN, and
  // weights of -infinity are 0 even if a row has seen nothing else.
  Values state(rows, kernel.constantF32(std::numeric_limits<float>::lowest()));
  state.append(rows, kernel.constantF32(0));
  return state;
}

Value RunningSoftmax::getWeight(KernelBuilder &kernel, Value difference) const {
  if (scores.isNatural())
    difference =
        kernel.mulF(difference, kernel.constantF32(std::numbers::log2e));
  return exp2(kernel, difference);
}

Values RunningSoftmax::update(KernelBuilder &kernel,
                              MutableArrayRef<Value> state,
                              Values &values) const {
  KernelBuilder::Step step(kernel, "softmax");
  int64_t rows = tile.getThreadRows();
  Values scales;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t m = row / 2, first = row % 2 * 2;
    Value largest;
    for (int64_t n = 0; n < tile.columns; ++n)
      for (int64_t i : {first, first + 1}) {
        Value value = values[tile.at(m, n, i)];
        largest = largest ? kernel.maxF(largest, value) : value;
      }
    largest = maxOfQuad(kernel, largest);
    if (Value factor = scores.getFactor())
      largest = kernel.mulF(largest, factor);
    Value before = state[row];
    largest = kernel.maxF(before, largest);
    state[row] = largest;
    Value scale = getWeight(kernel, kernel.subF(before, largest));
    scales.push_back(scale);

    Value negative = kernel.negF(largest);
    Value sum = kernel.mulF(state[rows + row], scale);
    for (int64_t n = 0; n < tile.columns; ++n)
      for (int64_t i : {first, first + 1}) {
        Value &value = values[tile.at(m, n, i)];
        Value factor = scores.getFactor();
        value = getWeight(kernel, factor ? kernel.fma(value, factor, negative)
                                         : kernel.subF(value, largest));
        sum = kernel.addF(sum, value);
      }
    state[rows + row] = sum;
  }
  return scales;
}

Values RunningSoftmax::getSums(KernelBuilder &kernel, ValueRange state) const {
  Values sums;
  for (Value sum : state.drop_front(tile.getThreadRows()))
    sums.push_back(sumOfQuad(kernel, sum));
  return sums;
}

Values RunningSoftmax::getScales(KernelBuilder &kernel,
                                 ValueRange state) const {
  Value zero = kernel.constantF32(0);
  Values scales;
  for (Value sum : getSums(kernel, state))
    scales.push_back(
        kernel.select(kernel.equalF(sum, zero), zero, reciprocal(kernel, sum)));
  return scales;
}

Values RunningSoftmax::getLogSums(KernelBuilder &kernel,
                                  ValueRange state) const {
  Value zero = kernel.constantF32(0);
  Value ln2 = kernel.constantF32(std::numbers::ln2);
  Values logarithms;
  for (auto [largest, sum] : llvm::zip(state, getSums(kernel, state))) {
    Value logarithm = log2(kernel, sum);
    Value total = scores.isNatural()
                      ? kernel.fma(logarithm, ln2, largest)
                      : kernel.mulF(kernel.addF(logarithm, largest), ln2);
    logarithms.push_back(kernel.select(
        kernel.equalF(sum, zero), kernel.infinity(/*negative=*/true), total));
  }
  return logarithms;
}

std::vector<std::pair<Value, Value>>
RunningSoftmax::getLargestAndSums(KernelBuilder &kernel,
                                  ValueRange state) const {
  std::vector<std::pair<Value, Value>> pairs;
  for (auto [largest, sum] : llvm::zip(state, getSums(kernel, state)))
    pairs.push_back(
        {scores.isNatural()
             ? largest
             : kernel.mulF(largest, kernel.constantF32(std::numbers::ln2)),
         sum});
  return pairs;
}
