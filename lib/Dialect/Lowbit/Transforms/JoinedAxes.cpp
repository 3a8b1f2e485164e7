//===- JoinedAxes.cpp - Encoded tensors seen as matrices ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JoinedAxes.h"

#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace lowbit;
using namespace mlir;

static SmallVector<int64_t> joinShape(ArrayRef<int64_t> shape,
                                      ArrayRef<ReassociationIndices> groups) {
  SmallVector<int64_t> joined;
  for (const ReassociationIndices &group : groups) {
    int64_t size = 1;
    for (int64_t axis : group)
      size *= shape[axis];
    joined.push_back(size);
  }
  return joined;
}

/// How many consecutive indices of the axes of `group`, as one, share a scale,
/// 0 for all of them; nothing if those that do are not consecutive.
static std::optional<int64_t> joinBlocks(ArrayRef<int64_t> shape,
                                         ArrayRef<int64_t> blocks,
                                         ArrayRef<int64_t> group) {
  if (group.size() == 1)
    return blocks[group.front()];
  int64_t joined = 1;
  auto axis = llvm::reverse(group).begin(), end = llvm::reverse(group).end();
  auto isWhole = [&](int64_t axis) {
    return blocks[axis] == 0 || blocks[axis] >= shape[axis];
  };
  for (; axis != end && isWhole(*axis); ++axis)
    joined *= shape[*axis];
  if (axis == end)
    return 0;
  joined *= blocks[*axis];
  bool isCut = shape[*axis] % blocks[*axis] != 0;
  for (++axis; axis != end; ++axis)
    if (shape[*axis] != 1 && (blocks[*axis] != 1 || isCut))
      return std::nullopt;
  return joined;
}

/// `scale` with other blocks, one for each axis.
static ScaleAttr withBlocks(ScaleAttr scale, ArrayRef<int64_t> blocks) {
  ScaleFields fields = scale.getFields();
  fields.axes.clear();
  fields.block.clear();
  fields.group = 0;
  SmallVector<int64_t> ones, others;
  for (auto [axis, block] : llvm::enumerate(blocks))
    if (block != 0)
      (block == 1 ? ones : others).push_back(axis);
  if (ones.empty() && others.empty()) {
    fields.granularity = GranularityKind::Tensor;
  } else if (others.empty()) {
    fields.granularity = GranularityKind::Axis;
    fields.axes = ones;
  } else if (others.size() == 1 && ones.size() + 1 == blocks.size()) {
    fields.granularity = GranularityKind::Group;
    fields.axes = others;
    fields.group = blocks[others.front()];
  } else {
    fields.granularity = GranularityKind::Block;
    fields.block = llvm::to_vector(blocks);
  }
  return ScaleAttr::get(scale.getContext(), fields);
}

/// The granularity of joined axes; null, with the reason, if there is none.
static ScaleAttr joinScale(ScaleAttr scale, ArrayRef<int64_t> shape,
                           ArrayRef<ReassociationIndices> groups,
                           std::string &reason) {
  SmallVector<int64_t> blocks = scale.getBlockShape(shape.size());
  SmallVector<int64_t> joined;
  for (const ReassociationIndices &group : groups) {
    std::optional<int64_t> block = joinBlocks(shape, blocks, group);
    if (!block) {
      reason = "elements that share a scale are not neighbours in a row of its "
               "matrix";
      return {};
    }
    joined.push_back(*block);
  }
  return withBlocks(scale, joined);
}

/// Whether integers of `bits` bits that are packed in rows have the same bytes
/// in both shapes.
static bool haveSameBytes(ArrayRef<int64_t> from, ArrayRef<int64_t> to,
                          unsigned bits, int64_t splitBlock) {
  auto getRow = [](ArrayRef<int64_t> shape) {
    if (shape.empty())
      return int64_t(1);
    if (shape.size() <= 2)
      return shape.back();
    return ShapedType::getNumElements(shape.drop_front());
  };
  int64_t before = getRow(from), after = getRow(to);
  auto fills = [&](int64_t row) {
    return splitBlock ? row % splitBlock == 0 : row * bits % 8 == 0;
  };
  return before == after || (fills(before) && fills(after));
}

FailureOr<RankedTensorType>
lowbit::joinEncodedAxes(RankedTensorType type,
                        ArrayRef<ReassociationIndices> groups,
                        std::string &reason) {
  EncodingAttr encoding = getEncoding(type);
  auto rows = dyn_cast<RowsAttr>(encoding.getLayout());
  if (!type.hasStaticShape() || !rows ||
      !isa<DenseAttr>(encoding.getSparsity())) {
    reason = !type.hasStaticShape() ? "its shape is dynamic"
             : !rows                ? "it is not stored in rows"
                                    : "it is sparse";
    return failure();
  }
  ScaleAttr scale = encoding.getScale();
  ScaleAttr joined = joinScale(scale, type.getShape(), groups, reason);
  if (!joined)
    return failure();
  CodecAttrInterface codec = encoding.getCodec();
  if (auto learned = dyn_cast<KMeansAttr>(codec)) {
    ScaleAttr books =
        joinScale(learned.getBooks(), type.getShape(), groups, reason);
    if (!books)
      return failure();
    codec = KMeansAttr::get(type.getContext(), learned.getLevels(), books);
  }
  SmallVector<int64_t> shape = joinShape(type.getShape(), groups);
  int64_t split = rows.getOrder() == BitOrderKind::Split ? rows.getBlock() : 0;
  if (!haveSameBytes(type.getShape(), shape, encoding.getBits(), split) ||
      !haveSameBytes(scale.getBlockCounts(type.getShape()),
                     joined.getBlockCounts(shape), scale.getZeroPointBits(),
                     /*splitBlock=*/0)) {
    reason = "a row of its matrix does not fill whole bytes";
    return failure();
  }
  auto attribute = EncodingAttr::get(type.getContext(), codec, joined,
                                     encoding.getSparsity(), rows);
  return RankedTensorType::get(shape, type.getElementType(), attribute);
}

FailureOr<RankedTensorType> lowbit::permuteEncodedAxes(RankedTensorType type,
                                                       ArrayRef<int64_t> order,
                                                       std::string &reason) {
  EncodingAttr encoding = getEncoding(type);
  auto rows = dyn_cast<RowsAttr>(encoding.getLayout());
  if (encoding.getBits() != 8 || !rows || !rows.isPlain() ||
      !isa<DenseAttr>(encoding.getSparsity()) || encoding.getLearned()) {
    reason = "its codes are no plain bytes";
    return failure();
  }
  ScaleAttr scale = encoding.getScale();
  SmallVector<int64_t> blocks =
      applyPermutation(scale.getBlockShape(type.getRank()), order);
  SmallVector<int64_t> kept;
  for (auto [axis, block] : llvm::zip(order, blocks))
    if (block != 0)
      kept.push_back(axis);
  if (!llvm::is_sorted(kept)) {
    reason = "its scales would have to move";
    return failure();
  }
  auto permuted = EncodingAttr::get(
      type.getContext(), encoding.getCodec(), withBlocks(scale, blocks),
      encoding.getSparsity(), encoding.getLayout());
  return RankedTensorType::get(applyPermutation(type.getShape(), order),
                               type.getElementType(), permuted);
}

Value lowbit::buildReshapedPart(ImplicitLocOpBuilder &b, Value part,
                                RankedTensorType type) {
  auto from = cast<RankedTensorType>(part.getType());
  if (from == type)
    return part;
  auto reshape = [&](Value value, RankedTensorType to) -> Value {
    auto type = cast<RankedTensorType>(value.getType());
    auto groups = getReassociationIndicesForReshape(type, to);
    assert(groups && "one of both shapes has one axis, or they fit");
    if (type.getRank() > to.getRank())
      return b.createOrFold<tensor::CollapseShapeOp>(to, value, *groups);
    return b.createOrFold<tensor::ExpandShapeOp>(to, value, *groups);
  };
  if (from.getRank() != type.getRank() &&
      getReassociationIndicesForReshape(from, type))
    return reshape(part, type);
  auto line =
      RankedTensorType::get({from.getNumElements()}, from.getElementType());
  return reshape(from == line ? part : reshape(part, line), type);
}

SmallVector<Value> lowbit::getStoredParts(ImplicitLocOpBuilder &b,
                                          Value encoded) {
  if (auto assemble = encoded.getDefiningOp<AssembleOp>())
    return SmallVector<Value>(assemble.getParts());
  return SmallVector<Value>(DisassembleOp::create(b, encoded).getParts());
}

Value lowbit::buildJoinedAxes(ImplicitLocOpBuilder &b, Value encoded,
                              ArrayRef<int64_t> order,
                              RankedTensorType joined) {
  if (encoded.getType() == joined && isIdentityPermutation(order))
    return encoded;
  SmallVector<Value> parts = getStoredParts(b, encoded);
  if (!isIdentityPermutation(order))
    parts.front() = buildTranspose(b, parts.front(), order);
  for (auto [part, type] :
       llvm::zip(parts, getEncoding(joined).getPartTypes(joined.getShape())))
    part = buildReshapedPart(b, part, type);
  return AssembleOp::create(b, joined, parts, /*sizes=*/ValueRange());
}
