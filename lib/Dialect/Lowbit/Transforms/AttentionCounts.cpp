//===- AttentionCounts.cpp - Lengths and offsets of sequences -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/AttentionCounts.h"

#include "LinalgBuilding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

#include <limits>

using namespace lowbit;
using namespace mlir;

static Value clamp(ImplicitLocOpBuilder &b, Value counts, int32_t least,
                   int32_t most) {
  return buildParallel(
      b, tensor::getMixedSizes(b, b.getLoc(), counts), b.getI32Type(), counts,
      b.getMultiDimIdentityMap(
          cast<RankedTensorType>(counts.getType()).getRank()),
      [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        Type type = e[0].getType();
        Value count =
            arith::MaxSIOp::create(body, e[0], emitConstant(body, type, least));
        count =
            arith::MinSIOp::create(body, count, emitConstant(body, type, most));
        if (!type.isInteger(32))
          count = arith::TruncIOp::create(body, body.getI32Type(), count);
        return {count};
      });
}

Value lowbit::clampLengths(ImplicitLocOpBuilder &b, Value lengths) {
  return clamp(b, lengths, 0, int32_t(1) << 30);
}

Value lowbit::clampOffsets(ImplicitLocOpBuilder &b, Value offsets) {
  if (getElementTypeOrSelf(offsets).isInteger(32))
    return offsets;
  return clamp(b, offsets, std::numeric_limits<int32_t>::min(),
               std::numeric_limits<int32_t>::max());
}

Value lowbit::appendRows(ImplicitLocOpBuilder &b, Value past, Value rows) {
  RankedTensorType types[] = {cast<RankedTensorType>(past.getType()),
                              cast<RankedTensorType>(rows.getType())};
  RankedTensorType type = tensor::ConcatOp::inferResultType(
      /*dim=*/2, TypeRange{past.getType(), rows.getType()});
  // A slice that begins behind the last element of an axis is not valid, not
  // even one of nothing.
  if (llvm::is_contained(type.getShape(), 0)) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), past);
    sizes[2] =
        emitSize(b, b.getAffineDimExpr(0) + b.getAffineDimExpr(1),
                 {sizes[2], tensor::getMixedSize(b, b.getLoc(), rows, 2)});
    Value empty = tensor::EmptyOp::create(b, sizes, type.getElementType());
    return empty.getType() == type ? empty
                                   : tensor::CastOp::create(b, type, empty);
  }
  Value only;
  if (types[1].getDimSize(2) == 0)
    only = past;
  else if (types[0].getDimSize(2) == 0)
    only = rows;
  if (!only)
    return tensor::ConcatOp::create(b, /*dim=*/2, ValueRange{past, rows});
  // The batch may be known of the other.
  if (only.getType() == type)
    return only;
  return tensor::CastOp::create(b, type, only);
}

Value lowbit::splitHeads(ImplicitLocOpBuilder &b, Value joined, int64_t heads) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, b.getLoc(), joined);
  int64_t last = cast<RankedTensorType>(joined.getType()).getDimSize(2);
  sizes.back() = b.getIndexAttr(heads);
  sizes.push_back(b.getIndexAttr(last / heads));
  return buildExpand(b, joined, {{0}, {1}, {2, 3}}, sizes);
}

Value lowbit::swapHeadsAndRows(ImplicitLocOpBuilder &b, Value tensor) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  auto axes = llvm::to_vector(llvm::seq(rank));
  std::swap(axes[1], axes[2]);
  return buildTranspose(b, tensor, axes);
}

Value lowbit::padMask(ImplicitLocOpBuilder &b, AttentionOp op) {
  Value mask = op.getMask();
  auto type = cast<RankedTensorType>(mask.getType());
  int64_t keys = op.getSizes().getTotalKeys(), last = type.getShape().back();
  if (ShapedType::isDynamic(keys) || ShapedType::isDynamic(last) || last == 1 ||
      last >= keys)
    return mask;
  Type element = type.getElementType();
  double unseen =
      element.isInteger(1) ? 0 : -std::numeric_limits<double>::infinity();
  SmallVector<OpFoldResult> low(type.getRank(), b.getIndexAttr(0)), high = low;
  high.back() = b.getIndexAttr(keys - last);
  return tensor::PadOp::create(b, Type(), mask, low, high,
                               emitConstant(b, element, unseen));
}
