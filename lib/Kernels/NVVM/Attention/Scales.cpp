//===- Scales.cpp - Scales of keys and values -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scales.h"

using namespace lowbit::nvvm;
using namespace mlir;

TileScales::TileScales(KernelBuilder &kernel, const AttentionPlan &plan,
                       ScaleType type, const HeadMatrix &matrix,
                       int64_t firstThread, Value place, double factor)
    : blockKeys(plan.blockKeys), type(type), matrix(matrix), place(place),
      factor(factor), key(kernel.sub(kernel.thread(), firstThread)),
      column(getAccumulatorColumn(kernel)) {
  assert(firstThread + blockKeys <= plan.getThreads() && "a thread for each");
  // Whole warps: without sign, threads before the first are far beyond.
  isLoader = kernel.compare(arith::CmpIPredicate::ult, key,
                            kernel.constant(blockKeys));
}

Value TileScales::load(KernelBuilder &kernel, const AttentionProblem &problem,
                       Value tile) const {
  KernelBuilder::Step step(kernel, "load scales");
  Type element = kernel.f32;
  if (type != ScaleType::F32)
    element = type == ScaleType::F16 ? kernel.f16 : kernel.bf16;
  int64_t bytes = getBits(type) / 8;
  return kernel.when(isLoader, {kernel.constantF32(0)}, [&] {
    Value row = kernel.min(kernel.add(kernel.mul(tile, blockKeys), key),
                           kernel.sub(problem.keys, 1));
    Value scale = kernel.load(
        element, problem.getKeyRow(kernel, matrix, row), /*alignment=*/bytes);
    if (type != ScaleType::F32)
      scale = arith::ExtFOp::create(kernel.builder, kernel.getLoc(),
                                    kernel.f32, scale);
    if (factor != 1)
      scale = kernel.mulF(scale, kernel.constantF32(factor));
    return Values{scale};
  })[0];
}

Value TileScales::getSlot(KernelBuilder &kernel, Value slot) const {
  return kernel.offset(place, kernel.mul(slot, blockKeys * 4));
}

void TileScales::store(KernelBuilder &kernel, Value scale, Value slot) const {
  KernelBuilder::Step step(kernel, "store scales");
  kernel.when(isLoader, [&] {
    kernel.store(scale,
                 kernel.offset(getSlot(kernel, slot), kernel.mul(key, 4)),
                 /*alignment=*/4);
  });
}

Values TileScales::read(KernelBuilder &kernel, Value slot, int64_t n) const {
  Value start = kernel.offset(getSlot(kernel, slot), kernel.mul(column, 4));
  Value pair =
      kernel.load(VectorType::get(2, kernel.f32),
                  kernel.offset(start, n * Accumulator::columns * 4),
                  /*alignment=*/8);
  Values scales;
  for (int64_t i : {0, 1})
    scales.push_back(LLVM::ExtractElementOp::create(
        kernel.builder, kernel.getLoc(), pair, kernel.constant(i)));
  return scales;
}

double lowbit::nvvm::getKeyScaleFactor(const AttentionSpec &spec) {
  return spec.getDecoder(spec.key).getUnit();
}

double lowbit::nvvm::getValueScaleFactor(const AttentionSpec &spec) {
  CodeDecoder decoder = spec.getDecoder(spec.value);
  return spec.element == Half::F16 ? decoder.getUnit() * decoder.getLargest()
                                   : decoder.getUnit();
}

double lowbit::nvvm::getOutputFactor(const AttentionSpec &spec) {
  if (!spec.value.codes)
    return 1;
  double unit = spec.getDecoder(spec.value).getUnit();
  return spec.value.hasScales() ? unit / getValueScaleFactor(spec) : unit;
}
