//===- VectorLoads.cpp - What vector loops load ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace lowbit;
using namespace mlir;

Value Emitter::asBytes(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.getElementType().isInteger(1))
    return memref;
  // The descriptors are the same, so nothing is left of the cast in the end.
  auto bytes = cast<MemRefType>(type.clone(b.getI8Type()));
  return UnrealizedConversionCastOp::create(b, bytes, memref).getResult(0);
}

Value Emitter::fromBytes(Value vector, Type element) {
  if (!element.isInteger(1))
    return vector;
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, vector,
                               constant(b.getZeroAttr(vector.getType())));
}

Value Emitter::loadVector(OpOperand &operand, Value iv, Value mask) {
  SmallVector<Value> at = indices(operand, iv);
  Access access = plan.accesses[operand.getOperandNumber()];
  if (access == Access::Uniform || access == Access::UniformInVector)
    return memref::LoadOp::create(b, operand.get(), at);
  Value memref = asBytes(operand.get());
  Type element = getElementTypeOrSelf(operand.get().getType());
  VectorType type = vectorOf(getElementTypeOrSelf(memref.getType()));
  if (access == Access::Repeated)
    return fromBytes(loadRepeated(operand, at, iv, mask), element);
  if (access == Access::Contiguous)
    return fromBytes(loadContiguous(type, memref, at, mask), element);
  // A gather indexes the innermost dimension, which has unit stride.
  AffineMap map = op.getMatchingIndexingMap(&operand);
  unsigned position = 0;
  while (!map.getResult(position).isFunctionOfDim(plan.vectorDim))
    ++position;
  Value stride = memref::ExtractStridedMetadataOp::create(b, memref)
                     .getStrides()[position];
  VectorType indexType = vectorOf(b.getIndexType());
  Value offsets =
      arith::MulIOp::create(b, vector::StepOp::create(b, indexType),
                            vector::BroadcastOp::create(b, indexType, stride));
  if (!mask)
    mask = vector::ConstantMaskOp::create(b, vectorOf(b.getI1Type()),
                                          b.getDenseI64ArrayAttr({lanes}));
  return fromBytes(vector::GatherOp::create(b, type, memref, at, offsets, mask,
                                            passThrough(type)),
                   element);
}

Value Emitter::loadContiguous(VectorType type, Value memref, ValueRange at,
                              Value mask) {
  if (!mask)
    return vector::LoadOp::create(b, type, memref, at);
  return vector::MaskedLoadOp::create(b, type, memref, at, mask,
                                      passThrough(type));
}

/// Loads each element once and spreads it over the lanes that share it. `iv` is
/// a multiple of the number of lanes, so the first lane is the first to share.
Value Emitter::loadRepeated(OpOperand &operand, ValueRange at, Value iv,
                            Value mask) {
  int64_t repetition = plan.getRepetition(op.getMatchingIndexingMap(&operand));
  Value memref = asBytes(operand.get());
  auto type = VectorType::get({lanes / repetition},
                              getElementTypeOrSelf(memref.getType()));
  Value fewMask;
  if (mask) {
    Value end = getValueOrCreateConstantIndexOp(b, b.getLoc(),
                                                ranges[plan.vectorDim].size);
    Value rest = arith::CeilDivUIOp::create(
        b, arith::SubIOp::create(b, end, iv), index(repetition));
    fewMask = vector::CreateMaskOp::create(
        b, type.cloneWith(std::nullopt, b.getI1Type()), ValueRange{rest});
  }
  Value few = loadContiguous(type, memref, at, fewMask);
  SmallVector<int64_t> spread;
  for (int64_t lane = 0; lane < lanes; ++lane)
    spread.push_back(lane / repetition);
  return vector::ShuffleOp::create(b, few, few, spread);
}

/// A load in the body, at indices that may differ between lanes.
Value Emitter::loadAt(memref::LoadOp load, Value iv, Value mask,
                      IRMapping &mapping) {
  Value memref = asBytes(load.getMemRef());
  VectorType type = vectorOf(getElementTypeOrSelf(memref.getType()));
  SmallVector<Value> at;
  bool leadingAreUniform = true;
  for (Value position : load.getIndices()) {
    at.push_back(mapping.lookupOrDefault(position));
    if (at.size() < load.getIndices().size())
      leadingAreUniform &= !isa<VectorType>(at.back().getType());
  }
  bool unitStride = load.getMemRefType().isLastDimUnitStride();
  auto last = load.getIndices().back().getDefiningOp<linalg::IndexOp>();
  if (leadingAreUniform && unitStride && last &&
      last.getDim() == plan.vectorDim) {
    at.back() = iv;
    return fromBytes(loadContiguous(type, memref, at, mask), load.getType());
  }

  // Offsets from the first element, in elements.
  VectorType indexType = vectorOf(b.getIndexType());
  auto strides =
      memref::ExtractStridedMetadataOp::create(b, memref).getStrides();
  Value offsets = constant(b.getZeroAttr(indexType));
  for (auto [position, stride] : llvm::zip(at, strides))
    offsets = arith::AddIOp::create(
        b, offsets,
        arith::MulIOp::create(b, toVector(position), toVector(stride)));
  if (!mask)
    mask = vector::ConstantMaskOp::create(b, vectorOf(b.getI1Type()),
                                          b.getDenseI64ArrayAttr({lanes}));
  SmallVector<Value> zeros(at.size(), index(0));
  return fromBytes(vector::GatherOp::create(b, type, memref, zeros, offsets,
                                            mask, passThrough(type)),
                   load.getType());
}
