//===- EncodedParts.cpp - An encoded tensor taken apart -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodedParts.h"

#include "PanelFields.h"

#include "LinalgBuilding.h"
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

SmallVector<OpFoldResult> lowbit::joinSizes(ImplicitLocOpBuilder &b,
                                            ArrayRef<OpFoldResult> sizes) {
  OpFoldResult length = b.getIndexAttr(1);
  for (OpFoldResult size : sizes.drop_front())
    length = emitProduct(b, length, size);
  return {sizes.front(), length};
}

SmallVector<ReassociationIndices> lowbit::getJoinedAxes(int64_t rank) {
  return {{0}, llvm::to_vector(llvm::seq<int64_t>(1, rank))};
}

SmallVector<int64_t> lowbit::getLostDims(RankedTensorType type) {
  EncodingAttr encoding = getEncoding(type);
  auto rows = dyn_cast<RowsAttr>(encoding.getLayout());
  if (!isa<DenseAttr>(encoding.getSparsity()))
    rows = {};
  bool joins = rows && rows.joinsAxes(type.getShape(), encoding.getBits());
  int64_t end = joins ? 1 : type.getRank() - (encoding.getBits() != 8);
  SmallVector<int64_t> lost;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    bool whole = rows && dim < end;
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

/// Packs the last of `indices`, functions of `dims` indices, for integers of
/// `bits` bits: afterwards it is the index of the byte that they begin in.
static PackedAddress packLastIndex(SmallVector<AffineExpr> indices,
                                   int64_t dims, unsigned bits, bool highFirst,
                                   MLIRContext *context) {
  AffineExpr zero = getAffineConstantExpr(0, context);
  PackedAddress address;
  address.shift = zero;
  address.highFirst = highFirst;
  // A scalar is the first of its byte.
  bool isScalar = indices.empty();
  address.straddles = 8 % bits != 0 && (!isScalar || bits > 8);
  if (isScalar && bits > 8)
    indices.push_back(zero);
  AffineExpr bit = zero;
  if (!isScalar) {
    AffineExpr &last = indices.back();
    int64_t perByte = std::max<int64_t>(8 / bits, 1);
    if (bits > 8) {
      last = last * (bits / 8);
    } else if (8 % bits != 0) {
      bit = (last * bits) % 8;
      last = (last * bits).floorDiv(8);
    } else if (bits < 8) {
      bit = (last % perByte) * bits;
      last = last.floorDiv(perByte);
    }
  }
  address.shift = bit;
  // Counted from the other end.
  if (highFirst)
    address.shift =
        (address.straddles ? 16 : 8) - static_cast<int64_t>(bits) - bit;
  address.map = AffineMap::get(dims, 0, indices, context);
  return address;
}

PackedAddress PackedAddress::get(RowsAttr rows, ArrayRef<int64_t> shape,
                                 unsigned bits) {
  MLIRContext *context = rows.getContext();
  PackedAddress address;
  bool joins = rows.joinsAxes(shape, bits);
  int64_t rank = joins ? 2 : shape.size();
  SmallVector<AffineExpr> indices;
  for (int64_t dim = 0; dim < rank; ++dim)
    indices.push_back(getAffineDimExpr(dim, context));
  if (rows.getOrder() != BitOrderKind::Split || rank == 0)
    address =
        packLastIndex(indices, rank, bits,
                      rows.getOrder() == BitOrderKind::HighFirst, context);
  address.joinsAxes = joins;
  return address;
}

/// The shape of the codes before they are packed.
static SmallVector<int64_t> getStoredShape(RankedTensorType type) {
  return getEncoding(type).getSparsity().getStoredShape(type.getShape());
}

std::optional<SplitRows> SplitRows::get(RankedTensorType type) {
  EncodingAttr encoding = getEncoding(type);
  auto rows = dyn_cast<RowsAttr>(encoding.getLayout());
  if (!rows || rows.getOrder() != BitOrderKind::Split ||
      getStoredShape(type).empty())
    return std::nullopt;
  return SplitRows{rows.getBlock(), rows.getBlock() * encoding.getBits() / 8};
}

static PartAddresses getRowsAddresses(RankedTensorType type, RowsAttr rows) {
  MLIRContext *context = type.getContext();
  int64_t rank = type.getRank();
  EncodingAttr encoding = getEncoding(type);
  ScaleAttr scale = encoding.getScale();

  PartAddresses addresses;
  addresses.codes =
      PackedAddress::get(rows, getStoredShape(type), encoding.getBits());
  addresses.scales = getScaleMap(scale, rank);
  if (!scale.hasZeroPoint())
    return addresses;
  addresses.zeroPoints = PackedAddress::get(
      RowsAttr::get(context), scale.getBlockCounts(type.getShape()),
      scale.getZeroPointBits());
  // As functions of the element's indices.
  if (!addresses.zeroPoints.joinsAxes)
    addresses.zeroPoints =
        packLastIndex(llvm::to_vector(addresses.scales.getResults()), rank,
                      scale.getZeroPointBits(), /*highFirst=*/false, context);
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

namespace {
/// Where the element at (d0, d1) lies in panels.
struct PanelPlace {
  AffineExpr panel, tile, group, column, inGroup;

  PanelPlace(RankedTensorType type, PanelsAttr panels) {
    MLIRContext *context = type.getContext();
    ScaleAttr scale = getEncoding(type).getScale();
    AffineExpr k = getAffineDimExpr(panels.getReduction(), context);
    AffineExpr n = getAffineDimExpr(1 - panels.getReduction(), context);
    panel = n.floorDiv(panels.getColumns());
    column = n % panels.getColumns();
    group = getAffineConstantExpr(0, context);
    inGroup = k;
    tile = k.floorDiv(panels.getStep());
    if (scale.getGranularity() == GranularityKind::Group) {
      auto tiles = PanelTiles::get(panels, scale, 0);
      group = k.floorDiv(tiles.group);
      inGroup = k % tiles.group;
      tile = group * tiles.tilesPerGroup + inGroup.floorDiv(panels.getStep());
    }
  }
};
} // namespace

SmallVector<FieldAddress> lowbit::getFieldAddresses(RankedTensorType type) {
  EncodingAttr encoding = getEncoding(type);
  auto panels = cast<PanelsAttr>(encoding.getLayout());
  PanelPlace place(type, panels);
  int64_t step = panels.getStep(), first = 0;
  AffineExpr code = place.column * step + place.inGroup % step;
  SmallVector<FieldAddress> addresses;
  int64_t codeBytes = encoding.getBits() / 8;
  for (numerics::PanelField field : numerics::panelFields(encoding.getBits())) {
    if (codeBytes > 1) {
      // (C11)
      PackedAddress address;
      address.map = AffineMap::get(
          2, 0, {place.panel, place.tile, code * codeBytes + field.shift / 8},
          type.getContext());
      address.shift = getAffineConstantExpr(0, type.getContext());
      addresses.push_back({field, 0, 0, address});
      continue;
    }
    // Split parts: byte j holds codes j, j + bytes, j + 2 * bytes, ...
    int64_t bytes = panels.getColumns() * step * field.bits / 8;
    PackedAddress address;
    address.map =
        AffineMap::get(2, 0, {place.panel, place.tile, code % bytes + first},
                       type.getContext());
    address.shift = code.floorDiv(bytes) * field.bits;
    addresses.push_back({field, first, bytes, address});
    first += bytes;
  }
  return addresses;
}

static PartAddresses getPanelsAddresses(RankedTensorType type,
                                        PanelsAttr panels) {
  MLIRContext *context = type.getContext();
  PanelPlace place(type, panels);
  PartAddresses addresses;
  // Codes that are cut into fields have no place of their own.
  if (auto fields = getFieldAddresses(type); fields.size() == 1)
    addresses.codes = fields.front().address;
  addresses.scales =
      AffineMap::get(2, 0, {place.panel, place.group, place.column}, context);
  addresses.zeroPoints.map = addresses.scales;
  addresses.zeroPoints.shift = getAffineConstantExpr(0, context);
  return addresses;
}

PartAddresses lowbit::getPartAddresses(RankedTensorType type) {
  return TypeSwitch<Attribute, PartAddresses>(getEncoding(type).getLayout())
      .Case([&](RowsAttr rows) { return getRowsAddresses(type, rows); })
      .Case(
          [&](PanelsAttr panels) { return getPanelsAddresses(type, panels); });
}
