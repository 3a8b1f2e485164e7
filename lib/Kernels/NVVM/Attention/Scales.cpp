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

TileScales::TileScales(KernelBuilder &kernel, const AttentionSpec &spec,
                       const AttentionPlan &plan,
                       const AttentionProblem &problem, Value place)
    : spec(spec), problem(problem), blockKeys(plan.blockKeys),
      slotSize(blockKeys *
               (spec.key.hasScales() + int64_t(spec.value.hasScales()))),
      place(place), key(kernel.bitAnd(kernel.thread(), blockKeys - 1)),
      matrix(spec.key.hasScales() ? problem.keyScale : problem.valueScale) {
  // Warps load the same kind: tiles are multiples of them.
  assert(slotSize <= plan.getThreads() && "a thread for each");
  if (slotSize < plan.getThreads())
    isLoader = kernel.less(kernel.thread(), kernel.constant(slotSize));
  if (slotSize == blockKeys)
    return;
  isOfValues = kernel.compare(arith::CmpIPredicate::sge, kernel.thread(),
                              kernel.constant(blockKeys));
  auto select = [&](Value HeadMatrix::*part) {
    if (Value &ofKeys = matrix.*part)
      ofKeys = kernel.select(isOfValues, problem.valueScale.*part, ofKeys);
  };
  select(&HeadMatrix::start);
  select(&HeadMatrix::stride);
  select(&HeadMatrix::pageStride);
}

Value TileScales::loadAs(KernelBuilder &kernel, ScaleType type,
                         Value address) const {
  Type element = kernel.f32;
  if (type != ScaleType::F32)
    element = type == ScaleType::F16 ? kernel.f16 : kernel.bf16;
  Value scale = kernel.load(element, address, /*alignment=*/getBits(type) / 8);
  if (type == ScaleType::F32)
    return scale;
  return arith::ExtFOp::create(kernel.builder, kernel.getLoc(), kernel.f32,
                               scale);
}

Value TileScales::load(KernelBuilder &kernel, Value tile) const {
  KernelBuilder::Step step(kernel, "load scales");
  auto load = [&] {
    Value row = kernel.min(kernel.add(kernel.mul(tile, blockKeys), key),
                           kernel.sub(problem.keys, 1));
    Value address = problem.getKeyRow(kernel, matrix, row);
    ScaleType type = spec.key.hasScales() ? spec.key.scale : spec.value.scale;
    bool isMixed = isOfValues && spec.key.scale != spec.value.scale;
    if (!isMixed)
      return Values{loadAs(kernel, type, address)};
    Value isOfKeys = kernel.bitXor(
        isOfValues, kernel.constant(kernel.builder.getBoolAttr(true)));
    Values scale = kernel.when(isOfKeys, {kernel.constantF32(0)}, [&] {
      return Values{loadAs(kernel, spec.key.scale, address)};
    });
    return kernel.when(isOfValues, scale, [&] {
      return Values{loadAs(kernel, spec.value.scale, address)};
    });
  };
  return isLoader ? kernel.when(isLoader, {kernel.constantF32(0)}, load)[0]
                  : load()[0];
}

Value TileScales::getSlot(KernelBuilder &kernel, Value slot) const {
  return kernel.offset(place, kernel.mul(slot, slotSize * 4));
}

void TileScales::store(KernelBuilder &kernel, Value scale, Value slot) const {
  KernelBuilder::Step step(kernel, "store scales");
  Value factor;
  if (spec.key.hasScales())
    factor = kernel.constantF32(getKeyScaleFactor(spec));
  if (spec.value.hasScales()) {
    Value ofValues = kernel.constantF32(getValueScaleFactor(spec));
    factor = factor && factor != ofValues
                 ? kernel.select(isOfValues, ofValues, factor)
                 : ofValues;
  }
  auto store = [&] {
    kernel.store(
        kernel.mulF(scale, factor),
        kernel.offset(getSlot(kernel, slot), kernel.mul(kernel.thread(), 4)),
        /*alignment=*/4);
  };
  if (isLoader)
    kernel.when(isLoader, store);
  else
    store();
}

Values TileScales::read(KernelBuilder &kernel, Value slot,
                        int64_t first) const {
  Value start = kernel.offset(getSlot(kernel, slot),
                              kernel.mul(getAccumulatorColumn(kernel), 4));
  Value pair = kernel.load(VectorType::get(2, kernel.f32),
                           kernel.offset(start, first * 4), /*alignment=*/8);
  Values scales;
  for (int64_t i : {0, 1})
    scales.push_back(LLVM::ExtractElementOp::create(
        kernel.builder, kernel.getLoc(), pair, kernel.constant(i)));
  return scales;
}

Values TileScales::readKeys(KernelBuilder &kernel, Value slot,
                            int64_t n) const {
  if (!spec.key.hasScales())
    return {};
  return read(kernel, slot, n * Accumulator::columns);
}

Values TileScales::readValues(KernelBuilder &kernel, Value slot,
                              int64_t n) const {
  if (!spec.value.hasScales())
    return {};
  int64_t first = slotSize - blockKeys;
  return read(kernel, slot, first + n * Accumulator::columns);
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
