//===- DecodeArithmetic.cpp - From stored parts to numbers, as linalg -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The places of an element's code, scale, zero point and offset are affine
// functions of its indices. Where linalg can take such a function as an
// indexing map the part is an operand of the generic, so that loops stay plain;
// otherwise the body computes the place and reads it with tensor.extract.
// Nested scales are always read so: their place is found by numbering the
// scales.
//
//===----------------------------------------------------------------------===//

#include "DecodeArithmetic.h"

#include "ElementReader.h"
#include "LinalgBuilding.h"
#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

/// Whether linalg can take `map` as the indexing map of an operand: it finds
/// the extent of an operand from the ends of the loops, so indices must ascend.
static bool isIndexingMap(AffineMap map) {
  return llvm::all_of(map.getResults(), [](AffineExpr expr) {
    while (expr.getKind() == AffineExprKind::FloorDiv)
      expr = cast<AffineBinaryOpExpr>(expr).getLHS();
    return isa<AffineDimExpr>(expr);
  });
}

/// The real number that `reader` reads.
static Value emitReal(ImplicitLocOpBuilder &b, ElementReader &reader,
                      const EncodedParts &parts, const DecodeTables &tables) {
  SparsityAttrInterface sparsity = parts.getEncoding().getSparsity();
  Value zero = emitConstant(b, b.getF32Type(), 0);
  if (auto bitmap = dyn_cast<BitmapAttr>(sparsity))
    if (bitmap.getKept() == 0)
      return emitFromF32(b, zero, parts.type.getElementType());
  Value isKept = isa<DenseAttr>(sparsity) ? Value() : reader.findKept(tables);
  Value real = reader.emitNumber(tables);
  if (parts[PartKind::Scales])
    real = arith::MulFOp::create(b, reader.emitScale(tables.scales), real);
  if (parts[PartKind::Offsets])
    real = arith::AddFOp::create(b, real, reader.emitOffset());
  if (isKept)
    real = arith::SelectOp::create(b, isKept, real, zero);
  return emitFromF32(b, real, parts.type.getElementType());
}

/// The codes of a dense tensor, one i8 each, from packed rows that join axes:
/// unpacked as a matrix, whose shape is changed then.
static Value buildUnpackedCodes(ImplicitLocOpBuilder &b,
                                const EncodedParts &parts) {
  const PackedAddress address = getPartAddresses(parts.type).codes;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  if (address.map && !address.straddles && isIndexingMap(address.map)) {
    inputs.push_back(parts[PartKind::Codes]);
    maps.push_back(address.map);
  }
  Value matrix = buildParallel(
      b, joinSizes(b, parts.sizes), b.getI8Type(), inputs, maps,
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        ElementReader reader(inner, parts);
        if (!inputs.empty())
          reader.elements[PartKind::Codes] = elements.front();
        SmallVector<Value> place = {linalg::IndexOp::create(inner, 0),
                                    linalg::IndexOp::create(inner, 1)};
        return {arith::TruncIOp::create(inner, inner.getI8Type(),
                                        reader.emitCodeInRows(place))};
      });
  return tensor::ExpandShapeOp::create(
      b, RankedTensorType::get(parts.type.getShape(), b.getI8Type()), matrix,
      getJoinedAxes(parts.type.getRank()), parts.sizes);
}

/// A generic over all elements of `parts` that yields what `emit` makes of what
/// a reader finds. `emit` reads parts of `kinds` alone.
static Value buildElementwise(
    ImplicitLocOpBuilder &b, const EncodedParts &parts, Type type,
    ArrayRef<PartKind> kinds,
    function_ref<Value(ImplicitLocOpBuilder &, ElementReader &)> emit) {
  PartAddresses addresses = getPartAddresses(parts.type);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  if (isa<DenseAttr>(parts.getEncoding().getSparsity()) &&
      addresses.codes.joinsAxes) {
    inputs.push_back(buildUnpackedCodes(b, parts));
    maps.push_back(b.getMultiDimIdentityMap(parts.type.getRank()));
  }
  bool areUnpacked = !inputs.empty();
  // Those parts that can be operands.
  SmallVector<PartKind> operands;
  auto add = [&](PartKind kind, AffineMap map) {
    if (!parts[kind] || !map || !isIndexingMap(map) ||
        !llvm::is_contained(kinds, kind))
      return;
    inputs.push_back(parts[kind]);
    maps.push_back(map);
    operands.push_back(kind);
  };
  if (isa<DenseAttr>(parts.getEncoding().getSparsity()) &&
      !addresses.codes.straddles && !addresses.codes.joinsAxes)
    add(PartKind::Codes, addresses.codes.map);
  add(PartKind::Scales, addresses.scales);
  if (!addresses.zeroPoints.straddles && !addresses.zeroPoints.joinsAxes)
    add(PartKind::ZeroPoints, addresses.zeroPoints.map);
  add(PartKind::Offsets, addresses.scales);
  auto body = [&](ImplicitLocOpBuilder &inner,
                  ValueRange elements) -> SmallVector<Value> {
    ElementReader reader(inner, parts);
    if (areUnpacked)
      reader.unpackedCode = elements.front();
    for (auto [kind, element] :
         llvm::zip(operands, elements.drop_front(areUnpacked)))
      reader.elements[kind] = element;
    return {emit(inner, reader)};
  };
  return buildParallel(b, parts.sizes, type, inputs, maps, body);
}

Value lowbit::buildDecode(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  DecodeTables tables(b, parts);
  return buildElementwise(
      b, parts, parts.type.getElementType(), numerics::allPartKinds,
      [&](ImplicitLocOpBuilder &inner, ElementReader &reader) {
        return emitReal(inner, reader, parts, tables);
      });
}

Value lowbit::emitDecode(ImplicitLocOpBuilder &b, const EncodedParts &parts,
                         ValueRange indices) {
  ElementReader reader(b, parts);
  reader.indices = llvm::to_vector(indices);
  DecodeTables tables(b, parts);
  return emitReal(b, reader, parts, tables);
}

Value lowbit::buildIntegers(ImplicitLocOpBuilder &b,
                            const EncodedParts &parts) {
  Value levels;
  if (auto table = numerics::IntegerLevels::get(
          *parts.getEncoding().getCodec().getCodec()))
    levels = buildTable(
        b, SmallVector<uint8_t>(table->levels.begin(), table->levels.end()));
  return buildElementwise(
      b, parts, b.getI32Type(), {PartKind::Codes, PartKind::ZeroPoints},
      [&](ImplicitLocOpBuilder &inner, ElementReader &reader) -> Value {
        if (!levels)
          return reader.emitDifference();
        Value level = emitLookUp(inner, levels, reader.emitCode());
        return arith::ExtSIOp::create(inner, inner.getI32Type(), level);
      });
}

Value lowbit::buildScales(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  int64_t rank = parts.type.getRank();
  ScaleAttr scale = parts.getEncoding().getScale();
  if (scale.isPlain() &&
      getPartAddresses(parts.type).scales == getScaleMap(scale, rank))
    return parts[PartKind::Scales];
  ScaleCodec codec(b, scale.getNumericType());
  SmallVector<int64_t> blocks = scale.getBlockShape(rank);
  SmallVector<OpFoldResult> counts;
  for (auto [block, size] : llvm::zip_equal(blocks, parts.sizes))
    if (block != 0)
      counts.push_back(
          emitSize(b, b.getAffineDimExpr(0).ceilDiv(block), {size}));
  return buildParallel(
      b, counts, b.getF32Type(), {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        // Any element of a block tells its scale; take the first.
        ElementReader reader(inner, parts);
        int64_t axis = 0;
        for (int64_t block : blocks) {
          Value first = arith::ConstantIndexOp::create(inner, block);
          if (block != 0)
            first = arith::MulIOp::create(
                inner, linalg::IndexOp::create(inner, axis++), first);
          reader.indices.push_back(first);
        }
        return {reader.emitScale(codec)};
      });
}
