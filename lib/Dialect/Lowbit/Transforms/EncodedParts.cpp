//===- EncodedParts.cpp - An encoded tensor taken apart -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodedParts.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

SmallVector<int64_t> lowbit::getLostDims(RankedTensorType type) {
  EncodingAttr encoding = getEncoding(type);
  bool rows = isa<RowsAttr>(encoding.getLayout()) &&
              isa<DenseAttr>(encoding.getSparsity());
  SmallVector<int64_t> lost;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    bool whole = rows && (dim + 1 < type.getRank() || encoding.getBits() == 8);
    if (type.isDynamicDim(dim) && !whole)
      lost.push_back(dim);
  }
  return lost;
}

SmallVector<Type> lowbit::getFlatTypes(RankedTensorType type) {
  SmallVector<Type> types;
  llvm::append_range(types, getEncoding(type).getPartTypes(type.getShape()));
  types.append(getLostDims(type).size(), IndexType::get(type.getContext()));
  return types;
}

EncodedParts EncodedParts::fromFlat(ImplicitLocOpBuilder &b,
                                    RankedTensorType type, ValueRange values) {
  EncodedParts parts;
  parts.type = type;
  for (PartKind kind : parts.getEncoding().getPartKinds()) {
    parts[kind] = values.front();
    values = values.drop_front();
  }
  SmallVector<int64_t> lost = getLostDims(type);
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (!type.isDynamicDim(dim)) {
      parts.sizes.push_back(b.getIndexAttr(type.getDimSize(dim)));
    } else if (llvm::is_contained(lost, dim)) {
      parts.sizes.push_back(values.front());
      values = values.drop_front();
    } else {
      parts.sizes.push_back(
          tensor::DimOp::create(b, parts[PartKind::Codes], dim).getResult());
    }
  }
  return parts;
}

SmallVector<Value> EncodedParts::toFlat(ImplicitLocOpBuilder &b) const {
  SmallVector<Value> values;
  for (Value part : all)
    if (part)
      values.push_back(part);
  for (int64_t dim : getLostDims(type))
    values.push_back(
        getValueOrCreateConstantIndexOp(b, b.getLoc(), sizes[dim]));
  return values;
}

EncodedParts EncodedParts::fromEncoded(ImplicitLocOpBuilder &b, Value encoded) {
  auto whole = DisassembleOp::create(b, encoded);
  EncodedParts parts;
  parts.type = cast<RankedTensorType>(encoded.getType());
  for (PartKind kind : numerics::allPartKinds)
    parts[kind] = whole.getPart(kind);
  parts.sizes = tensor::getMixedSizes(b, b.getLoc(), encoded);
  return parts;
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

AffineMap lowbit::getScaleMap(ScaleAttr scale, int64_t rank) {
  MLIRContext *context = scale.getContext();
  SmallVector<AffineExpr> results;
  for (auto [i, block] : llvm::enumerate(scale.getBlockShape(rank)))
    if (block != 0)
      results.push_back(getAffineDimExpr(i, context).floorDiv(block));
  return AffineMap::get(rank, 0, results, context);
}

/// Packs the last of `indices` for values of `bits` bits: afterwards it is the
/// index of the byte that the value begins in. Returns the bit in that byte.
static AffineExpr packLastIndex(SmallVectorImpl<AffineExpr> &indices,
                                unsigned bits, MLIRContext *context) {
  AffineExpr zero = getAffineConstantExpr(0, context);
  if (bits > 8)
    indices.empty() ? indices.push_back(zero)
                    : void(indices.back() = indices.back() * (bits / 8));
  if (indices.empty() || bits >= 8)
    return zero;
  AffineExpr index = indices.back();
  if (8 % bits == 0) {
    int64_t perByte = 8 / bits;
    indices.back() = index.floorDiv(perByte);
    return (index % perByte) * bits;
  }
  indices.back() = (index * bits).floorDiv(8);
  return (index * bits) % 8;
}

PackedAddress PackedAddress::get(MLIRContext *context, int64_t rank,
                                 unsigned bits) {
  SmallVector<AffineExpr> indices;
  for (int64_t dim = 0; dim < rank; ++dim)
    indices.push_back(getAffineDimExpr(dim, context));
  PackedAddress address;
  address.shift = packLastIndex(indices, bits, context);
  address.map = AffineMap::get(rank, 0, indices, context);
  address.straddles = 8 % bits != 0 && (rank > 0 || bits > 8);
  return address;
}

static PartAddresses getRowsAddresses(RankedTensorType type) {
  MLIRContext *context = type.getContext();
  int64_t rank = type.getRank();
  EncodingAttr encoding = getEncoding(type);
  ScaleAttr scale = encoding.getScale();

  PartAddresses addresses;
  int64_t storedRank =
      encoding.getSparsity().getStoredShape(type.getShape()).size();
  auto codes = PackedAddress::get(context, storedRank, encoding.getBits());
  addresses.codes = codes.map;
  addresses.codeShift = codes.shift;
  addresses.codesStraddle = codes.straddles;

  addresses.scales = getScaleMap(scale, rank);
  addresses.zeroPointsStraddle = false;
  if (!scale.hasZeroPoint())
    return addresses;
  SmallVector<AffineExpr> indices =
      llvm::to_vector(addresses.scales.getResults());
  unsigned bits = scale.getZeroPointBits();
  addresses.zeroPointsStraddle = 8 % bits != 0 && !indices.empty();
  addresses.zeroPointShift = packLastIndex(indices, bits, context);
  addresses.zeroPoints = AffineMap::get(rank, 0, indices, context);
  return addresses;
}

PanelTiles PanelTiles::get(PanelsAttr panels, ScaleAttr scale, int64_t size) {
  PanelTiles tiles;
  tiles.group = scale.getGranularity() == GranularityKind::Group
                    ? scale.getGroup()
                    : size;
  tiles.tilesPerGroup =
      ShapedType::isDynamic(tiles.group)
          ? ShapedType::kDynamic
          : llvm::divideCeilSigned(tiles.group, panels.getStep());
  return tiles;
}

static PartAddresses getPanelsAddresses(RankedTensorType type,
                                        PanelsAttr panels) {
  MLIRContext *context = type.getContext();
  EncodingAttr encoding = getEncoding(type);
  ScaleAttr scale = encoding.getScale();
  int64_t step = panels.getStep(), columns = panels.getColumns();
  AffineExpr k = getAffineDimExpr(panels.getReduction(), context);
  AffineExpr n = getAffineDimExpr(1 - panels.getReduction(), context);

  AffineExpr group = getAffineConstantExpr(0, context), inGroup = k;
  AffineExpr tile = k.floorDiv(step);
  if (scale.getGranularity() == GranularityKind::Group) {
    auto tiles = PanelTiles::get(panels, scale, 0);
    group = k.floorDiv(tiles.group);
    inGroup = k % tiles.group;
    tile = group * tiles.tilesPerGroup + inGroup.floorDiv(step);
  }
  // Split parts: byte j of a tile holds codes j, j + bytes, j + 2 * bytes, ...
  int64_t bits = encoding.getBits(), bytes = columns * step * bits / 8;
  AffineExpr panel = n.floorDiv(columns), column = n % columns;
  AffineExpr code = column * step + inGroup % step;

  PartAddresses addresses;
  addresses.codes = AffineMap::get(2, 0, {panel, tile, code % bytes}, context);
  addresses.codeShift = code.floorDiv(bytes) * bits;
  addresses.scales = AffineMap::get(2, 0, {panel, group, column}, context);
  addresses.zeroPoints = addresses.scales;
  addresses.zeroPointShift = getAffineConstantExpr(0, context);
  addresses.codesStraddle = addresses.zeroPointsStraddle = false;
  return addresses;
}

PartAddresses lowbit::getPartAddresses(RankedTensorType type) {
  return TypeSwitch<Attribute, PartAddresses>(getEncoding(type).getLayout())
      .Case([&](RowsAttr) { return getRowsAddresses(type); })
      .Case(
          [&](PanelsAttr panels) { return getPanelsAddresses(type, panels); });
}
