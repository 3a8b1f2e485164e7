//===- LowbitAttention.cpp - The attention operation ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace lowbit;
using namespace mlir;

using Shape = ArrayRef<int64_t>;

static Shape shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Of two sizes that are the same the one that is known.
static int64_t known(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) ? b : a;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

AttentionSizes AttentionOp::getSizes() {
  Shape query = shapeOf(getQuery()), key = shapeOf(getKey()),
        value = shapeOf(getValue());
  AttentionSizes sizes;
  if (hasJoinedHeads()) {
    sizes.queryHeads = (*getHeads())[0];
    sizes.keyHeads = (*getHeads())[1];
    sizes.queries = query[1];
    sizes.keys = known(key[1], value[1]);
    sizes.querySize = query[2] / sizes.queryHeads;
    sizes.valueSize = value[2] / sizes.keyHeads;
  } else {
    sizes.queryHeads = query[1];
    sizes.keyHeads = key[1];
    sizes.queries = query[2];
    sizes.keys = known(key[2], value[2]);
    sizes.querySize = query[3];
    sizes.valueSize = value[3];
  }
  sizes.batch = query[0];
  if (!getPages() && !getQueryOffsets())
    sizes.batch = known(sizes.batch, known(key[0], value[0]));
  sizes.past = 0;
  if (getPastKey()) {
    Shape pastKey = shapeOf(getPastKey()), pastValue = shapeOf(getPastValue());
    sizes.batch = known(sizes.batch, known(pastKey[0], pastValue[0]));
    sizes.past = known(pastKey[2], pastValue[2]);
  }
  sizes.sequences = sizes.batch;
  if (getQueryOffsets()) {
    int64_t ends = shapeOf(getQueryOffsets())[0];
    if (getKeyOffsets())
      ends = known(ends, shapeOf(getKeyOffsets())[0]);
    sizes.sequences =
        ShapedType::isDynamic(ends) ? ShapedType::kDynamic : ends - 1;
    if (!getKeyOffsets() && !getPages())
      sizes.sequences = known(sizes.sequences, known(key[0], value[0]));
  }
  if (getKvLengths())
    sizes.sequences = known(sizes.sequences, shapeOf(getKvLengths())[0]);
  if (getPages()) {
    Shape pages = shapeOf(getPages());
    sizes.sequences = known(sizes.sequences, pages[0]);
    sizes.keys =
        ShapedType::isDynamic(pages[1]) || ShapedType::isDynamic(sizes.keys)
            ? ShapedType::kDynamic
            : pages[1] * sizes.keys;
  }
  return sizes;
}

/// A limit of the window, -1 if it is none. Models write the largest integer
/// for that, which no place of a query can be added to.
static int64_t getLimit(std::optional<ArrayRef<int64_t>> window,
                        unsigned side) {
  constexpr int64_t none = int64_t(1) << 30;
  return window && (*window)[side] < none ? (*window)[side] : -1;
}

int64_t AttentionOp::getLeftWindow() { return getLimit(getWindow(), 0); }

int64_t AttentionOp::getRightWindow() {
  // No key behind the query is nearer than the query's own.
  return getCausal() ? 0 : getLimit(getWindow(), 1);
}

bool AttentionOp::usesPositions() {
  return getLeftWindow() >= 0 || getRightWindow() >= 0 || getSlopes();
}

void AttentionOp::build(OpBuilder &builder, OperationState &state, Type result,
                        Value query, Value key, Value value, Value mask,
                        double scale) {
  build(builder, state, result, /*present_key=*/Type(),
        /*present_value=*/Type(), /*lse=*/Type(), query, key, value, mask,
        /*slopes=*/nullptr, /*past_key=*/nullptr, /*past_value=*/nullptr,
        /*kv_lengths=*/nullptr, /*query_offsets=*/nullptr,
        /*key_offsets=*/nullptr, /*pages=*/nullptr,
        builder.getF64FloatAttr(scale), /*soft_cap=*/nullptr,
        /*causal=*/nullptr, /*top_left=*/nullptr, /*window=*/nullptr,
        /*heads=*/nullptr);
}

void AttentionOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (getPresentKey())
    setName(getPresentKey(), "present_key");
  if (getPresentValue())
    setName(getPresentValue(), "present_value");
  if (getLse())
    setName(getLse(), "lse");
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

static std::string print(Shape shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os,
      [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          os << '?';
        else
          os << size;
      },
      "x");
  return text;
}

/// The operand or result called `name` has this shape, as far as it is known.
static LogicalResult verifyShape(AttentionOp op, StringRef name, Value value,
                                 Shape expected) {
  Shape shape = shapeOf(value);
  if (shape.size() != expected.size() ||
      failed(verifyCompatibleShape(shape, expected)))
    return op.emitOpError("expects ") << name << " of shape " << print(expected)
                                      << ", got " << value.getType();
  return success();
}

/// (C160), (C161), (C162)
static LogicalResult verifyHeads(AttentionOp op) {
  int64_t rank = shapeOf(op.getQuery()).size();
  if (rank != 3 && rank != 4)
    return op.emitOpError("expects query, key and value of rank 4 [batch, "
                          "heads, sequence, size] or 3 [batch, sequence, heads "
                          "* size], got ")
           << op.getQuery().getType();
  for (Value value : {op.getKey(), op.getValue()})
    if (shapeOf(value).size() != static_cast<size_t>(rank))
      return op.emitOpError("expects query, key and value of one rank, got ")
             << op.getQuery().getType() << " and " << value.getType();
  if ((rank == 3) != op.getHeads().has_value())
    return op.emitOpError(
        rank == 3 ? "needs heads [query heads, key heads]: those of rank 3 lie "
                    "side by side"
                  : "has heads, which an axis of query and key tells");
  if (rank == 3) {
    if (op.getHeads()->size() != 2 ||
        llvm::any_of(*op.getHeads(), [](int64_t heads) { return heads < 1; }))
      return op.emitOpError("expects heads [query heads, key heads], of at "
                            "least one each, got [")
             << *op.getHeads() << "]";
    for (auto [value, heads] :
         {std::pair{op.getQuery(), (*op.getHeads())[0]},
          std::pair{op.getKey(), (*op.getHeads())[1]},
          std::pair{op.getValue(), (*op.getHeads())[1]}}) {
      int64_t size = shapeOf(value)[2];
      if (ShapedType::isDynamic(size) || size % heads || size == 0)
        return op.emitOpError("expects a last axis of ")
               << heads << " heads of one size, got " << value.getType();
    }
  } else {
    for (Value value : {op.getQuery(), op.getKey(), op.getValue()})
      for (int64_t axis : {1, 3})
        if (ShapedType::isDynamic(shapeOf(value)[axis]) ||
            shapeOf(value)[axis] == 0)
          return op.emitOpError("expects heads and their sizes to be known and "
                                "not 0, got ")
                 << value.getType();
  }
  AttentionSizes sizes = op.getSizes();
  if (sizes.queryHeads % sizes.keyHeads)
    return op.emitOpError("expects a multiple of ")
           << sizes.keyHeads << " key heads as query heads, got "
           << sizes.queryHeads;
  return success();
}

/// (C163), (C164) Sizes and types of query, key and value agree.
static LogicalResult verifyOperands(AttentionOp op,
                                    const AttentionSizes &sizes) {
  Shape key = shapeOf(op.getKey()), value = shapeOf(op.getValue());
  bool joined = op.hasJoinedHeads();
  int64_t keySize = joined ? key[2] / sizes.keyHeads : key[3];
  if (keySize != sizes.querySize)
    return op.emitOpError("expects heads of query and key to have one size, "
                          "got ")
           << sizes.querySize << " and " << keySize;
  // Axes that key and value share: all but the last, or its heads.
  if (failed(verifyCompatibleShape(key.drop_back(), value.drop_back())))
    return op.emitOpError("expects key and value to differ in the size of "
                          "heads alone, got ")
           << op.getKey().getType() << " and " << op.getValue().getType();
  bool hasBatchOfSequences = !op.getPages() && !op.getKeyOffsets();
  for (Value operand : {op.getKey(), op.getValue()})
    if (hasBatchOfSequences &&
        failed(verifyCompatibleShape({shapeOf(operand)[0]}, {sizes.sequences})))
      return op.emitOpError("expects keys and values of ")
             << sizes.sequences << " sequences, got " << operand.getType();
  Type element = op.getQuery().getType().getElementType();
  if (!element.isF32() && !element.isF16() && !element.isBF16())
    return op.emitOpError("expects f32, f16 or bf16, got ") << element;
  for (Value operand : std::initializer_list<Value>{
           op.getKey(), op.getValue(), op.getPastKey(), op.getPastValue(),
           op.getResult(), op.getPresentKey(), op.getPresentValue()})
    if (operand && getElementTypeOrSelf(operand) != element)
      return op.emitOpError("expects query, key, value and results of one "
                            "element type, got ")
             << element << " and " << getElementTypeOrSelf(operand);
  return success();
}

/// (C165), (C170), (C175)
static LogicalResult verifyResults(AttentionOp op,
                                   const AttentionSizes &sizes) {
  SmallVector<int64_t> shape = {sizes.batch, sizes.queryHeads, sizes.queries,
                                sizes.valueSize};
  if (op.hasJoinedHeads())
    shape = {sizes.batch, sizes.queries, sizes.queryHeads * sizes.valueSize};
  if (failed(verifyShape(op, "a result", op.getResult(), shape)))
    return failure();
  if (!op.getPresentKey() != !op.getPresentValue() ||
      (op.getPresentKey() && !op.getPastKey()))
    return op.emitOpError("gives present keys and values together, and only "
                          "where there are past ones");
  if (op.getPresentKey() &&
      (failed(verifyShape(op, "present keys", op.getPresentKey(),
                          {sizes.batch, sizes.keyHeads, sizes.getTotalKeys(),
                           sizes.querySize})) ||
       failed(verifyShape(op, "present values", op.getPresentValue(),
                          {sizes.batch, sizes.keyHeads, sizes.getTotalKeys(),
                           sizes.valueSize}))))
    return failure();
  if (op.getLse()) {
    if (!getElementTypeOrSelf(op.getLse()).isF32())
      return op.emitOpError("gives lse in f32, got ") << op.getLse().getType();
    return verifyShape(op, "lse", op.getLse(),
                       {sizes.batch, sizes.queryHeads, sizes.queries});
  }
  return success();
}

/// (C166), (C167)
static LogicalResult verifyScores(AttentionOp op) {
  if (!op.getScale().isFinite())
    return op.emitOpError("expects a finite scale");
  if (op.getSoftCap() && (!op.getSoftCap()->isFinite() ||
                          !(op.getSoftCap()->convertToDouble() > 0)))
    return op.emitOpError("expects a finite soft_cap above 0");
  if (op.getWindow() &&
      (op.getWindow()->size() != 2 ||
       llvm::any_of(*op.getWindow(), [](int64_t size) { return size < -1; })))
    return op.emitOpError("expects window [left, right], each a number of keys "
                          "or -1 for no limit, got [")
           << *op.getWindow() << "]";
  if (op.getTopLeft() && !op.getCausal() && !op.getWindow() && !op.getSlopes())
    return op.emitOpError("has top_left, but neither causal, window nor alibi "
                          "that positions matter to");
  return success();
}

/// (C168), (C172)
static LogicalResult verifyMask(AttentionOp op, const AttentionSizes &sizes) {
  if (op.getSlopes()) {
    if (!getElementTypeOrSelf(op.getSlopes()).isF32())
      return op.emitOpError("expects alibi slopes in f32, got ")
             << op.getSlopes().getType();
    if (failed(verifyShape(op, "alibi slopes", op.getSlopes(),
                           {sizes.queryHeads})))
      return failure();
  }
  if (!op.getMask())
    return success();
  Type element = op.getMask().getType().getElementType();
  if (!element.isInteger(1) && !element.isF32() && !element.isF16() &&
      !element.isBF16())
    return op.emitOpError("expects a mask of i1, f32, f16 or bf16, got ")
           << element;
  if (op.getQueryOffsets())
    return op.emitOpError("has a mask, which says nothing of sequences that "
                          "lie one behind the other (query_offsets)");
  Shape mask = shapeOf(op.getMask());
  SmallVector<int64_t> scores = {sizes.batch, sizes.queryHeads, sizes.queries,
                                 sizes.getTotalKeys()};
  bool fits = mask.size() <= 4 && !mask.empty();
  for (size_t axis = 0; fits && axis < mask.size(); ++axis) {
    int64_t size = mask[mask.size() - 1 - axis], full = scores[3 - axis];
    bool isKeys = axis == 0;
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(full) ||
        size == 1 || size == full)
      continue;
    fits = isKeys && size < full;
  }
  if (!fits)
    return op.emitOpError("expects a mask that can be broadcast to ")
           << print(scores) << ", or with fewer keys, got "
           << op.getMask().getType();
  return success();
}

/// (C169), (C171), (C173), (C174)
static LogicalResult verifySequences(AttentionOp op,
                                     const AttentionSizes &sizes) {
  if (!op.getPastKey() != !op.getPastValue())
    return op.emitOpError("has past keys and values together only");
  if (op.getPastKey()) {
    if (op.getKvLengths() || op.getQueryOffsets() || op.getPages())
      return op.emitOpError("has past keys, whose number is that of their "
                            "axis: no kv_lengths, query_offsets or pages");
    if (failed(verifyShape(
            op, "past keys", op.getPastKey(),
            {sizes.batch, sizes.keyHeads, sizes.past, sizes.querySize})) ||
        failed(verifyShape(
            op, "past values", op.getPastValue(),
            {sizes.batch, sizes.keyHeads, sizes.past, sizes.valueSize})))
      return failure();
  }
  if (op.getKeyOffsets() && (!op.getQueryOffsets() || op.getKvLengths()))
    return op.emitOpError("has key_offsets, which give lengths, with "
                          "query_offsets and without kv_lengths only");
  auto isOne = [](int64_t size) {
    return ShapedType::isDynamic(size) || size == 1;
  };
  int64_t ends = ShapedType::isDynamic(sizes.sequences) ? sizes.sequences
                                                        : sizes.sequences + 1;
  if (op.getQueryOffsets()) {
    if (!isOne(shapeOf(op.getQuery())[0]))
      return op.emitOpError("expects a batch of 1 where sequences lie one "
                            "behind the other, got ")
             << op.getQuery().getType();
    if (failed(verifyShape(op, "query_offsets", op.getQueryOffsets(), {ends})))
      return failure();
  }
  if (op.getKeyOffsets()) {
    if (op.getPages())
      return op.emitOpError("has key_offsets, but pages say where keys lie");
    if (!isOne(shapeOf(op.getKey())[0]) || !isOne(shapeOf(op.getValue())[0]))
      return op.emitOpError("expects a batch of 1 where sequences lie one "
                            "behind the other, got ")
             << op.getKey().getType();
    if (failed(verifyShape(op, "key_offsets", op.getKeyOffsets(), {ends})))
      return failure();
  }
  if (op.getKvLengths() &&
      failed(
          verifyShape(op, "kv_lengths", op.getKvLengths(), {sizes.sequences})))
    return failure();
  if (!op.getPages())
    return success();
  if (!op.getKvLengths())
    return op.emitOpError("has pages, which need kv_lengths");
  if (shapeOf(op.getPages()).size() != 2)
    return op.emitOpError("expects pages of rank 2 [sequences, pages], got ")
           << op.getPages().getType();
  return verifyShape(op, "pages", op.getPages(),
                     {sizes.sequences, shapeOf(op.getPages())[1]});
}

/// What getSizes reads has the ranks for it, and offsets an end (C187).
static LogicalResult verifyRanks(AttentionOp op) {
  auto expectRank = [&](StringRef name, Value value,
                        size_t rank) -> LogicalResult {
    if (!value || shapeOf(value).size() == rank)
      return success();
    return op.emitOpError("expects ")
           << name << " of rank " << rank << ", got " << value.getType();
  };
  for (Value offsets : {op.getQueryOffsets(), op.getKeyOffsets()})
    if (offsets && shapeOf(offsets) == Shape{0})
      return op.emitOpError("expects offsets of one element more than there "
                            "are sequences, got ")
             << offsets.getType();
  return failure(failed(expectRank("past keys", op.getPastKey(), 4)) ||
                 failed(expectRank("past values", op.getPastValue(), 4)) ||
                 failed(expectRank("kv_lengths", op.getKvLengths(), 1)) ||
                 failed(expectRank("query_offsets", op.getQueryOffsets(), 1)) ||
                 failed(expectRank("key_offsets", op.getKeyOffsets(), 1)) ||
                 failed(expectRank("pages", op.getPages(), 2)));
}

LogicalResult AttentionOp::verify() {
  if (!getPastKey() != !getPastValue())
    return emitOpError("has past keys and values together only");
  if (failed(verifyRanks(*this)) || failed(verifyHeads(*this)))
    return failure();
  AttentionSizes sizes = getSizes();
  return failure(
      failed(verifyOperands(*this, sizes)) || failed(verifyScores(*this)) ||
      failed(verifySequences(*this, sizes)) ||
      failed(verifyMask(*this, sizes)) || failed(verifyResults(*this, sizes)));
}

//===----------------------------------------------------------------------===//
// Sizes of results
//===----------------------------------------------------------------------===//

static OpFoldResult addSizes(OpBuilder &builder, Location loc, OpFoldResult a,
                             OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return builder.getIndexAttr(*x + *y);
  return arith::AddIOp::create(builder, loc,
                               getValueOrCreateConstantIndexOp(builder, loc, a),
                               getValueOrCreateConstantIndexOp(builder, loc, b))
      .getResult();
}

LogicalResult
AttentionOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  Location loc = getLoc();
  bool joined = hasJoinedHeads();
  auto sizeOf = [&](Value value, int64_t axis) {
    return tensor::getMixedSize(builder, loc, value, axis);
  };
  OpFoldResult batch = sizeOf(getQuery(), 0);
  OpFoldResult queries = sizeOf(getQuery(), joined ? 1 : 2);
  Shape result = shapeOf(getResult());
  if (joined)
    shapes.push_back({batch, queries, builder.getIndexAttr(result[2])});
  else
    shapes.push_back({batch, builder.getIndexAttr(result[1]), queries,
                      builder.getIndexAttr(result[3])});
  if (getPresentKey()) {
    OpFoldResult past = sizeOf(getPastKey(), 2);
    OpFoldResult keys = sizeOf(getKey(), joined ? 1 : 2);
    OpFoldResult total = addSizes(builder, loc, past, keys);
    for (Value present : {getPresentKey(), getPresentValue()})
      shapes.push_back({batch, builder.getIndexAttr(shapeOf(present)[1]), total,
                        builder.getIndexAttr(shapeOf(present)[3])});
  }
  if (getLse())
    shapes.push_back(
        {batch, builder.getIndexAttr(shapeOf(getLse())[1]), queries});
  return success();
}
