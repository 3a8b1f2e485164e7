//===- CausalMask.cpp - Masks that say which keys are not later -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CausalMask.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace lowbit;
using namespace mlir;

using arith::CmpIPredicate;

/// What an axis has at most if its size is not known: places are compared with
/// limits below that (C186).
static constexpr int64_t mostPlaces = int64_t(1) << 30;

std::pair<int64_t, int64_t> CausalMasks::getRange(const Linear &linear) const {
  int64_t least = linear.constant, largest = linear.constant;
  auto extend = [&](int64_t step, ArrayRef<unsigned> axis) {
    int64_t size = 1;
    for (unsigned atom : axis) {
      int64_t part = tracer.atoms.getSize(atom);
      // What is larger than this is in no 32 bits, and small enough to
      // multiply.
      constexpr int64_t large = (int64_t(1) << 31) + 1;
      if (ShapedType::isDynamic(part))
        part = mostPlaces;
      size = std::min(size * std::min(part, large), large);
    }
    int64_t end = step * std::max<int64_t>(size - 1, 0);
    least += std::min<int64_t>(end, 0);
    largest += std::max<int64_t>(end, 0);
  };
  extend(linear.query, queries);
  extend(linear.key, keys);
  return {least, largest};
}

std::optional<CausalMasks::Linear> CausalMasks::keepExact(const Linear &linear,
                                                          Type type) const {
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  for (int64_t number : {linear.query, linear.key, linear.constant})
    if (std::abs(number) > most)
      return std::nullopt;
  auto integer = dyn_cast<IntegerType>(getElementTypeOrSelf(type));
  if (!integer || integer.getWidth() >= 64)
    return linear;
  auto [least, largest] = getRange(linear);
  int64_t end = int64_t(1) << (integer.getWidth() - 1);
  return least >= -end && largest < end ? std::optional(linear) : std::nullopt;
}

std::optional<CausalMasks::Linear> CausalMasks::getLinear(Term term,
                                                          unsigned depth) {
  term = tracer.resolve(term);
  Type type = term.value.getType();
  if (std::optional<double> constant = tracer.getConstant(term)) {
    if (!(std::abs(*constant) < mostPlaces))
      return std::nullopt;
    return Linear{0, 0, static_cast<int64_t>(*constant)};
  }
  if (depth == 0)
    return std::nullopt;
  auto alongAxis = [&](ArrayRef<unsigned> axis) -> std::optional<Linear> {
    Axis leaves = tracer.atoms.getLeaves(axis);
    if (leaves.empty())
      return Linear{};
    if (leaves == queries)
      return Linear{1, 0, 0};
    if (leaves == keys)
      return Linear{0, 1, 0};
    return std::nullopt;
  };
  Operation *op = term.getOp();
  if (auto index = dyn_cast_or_null<linalg::IndexOp>(op))
    return alongAxis(term.axes[index.getDim()]);
  if (isa_and_nonnull<arith::IndexCastOp, arith::ExtSIOp, arith::ExtUIOp,
                      arith::TruncIOp>(op)) {
    auto x = getLinear(tracer.getOperand(term, 0), depth - 1);
    if (!x || (isa<arith::ExtUIOp>(op) && getRange(*x).first < 0))
      return std::nullopt;
    return keepExact(*x, type);
  }
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op)) {
    auto x = getLinear(tracer.getOperand(term, 0), depth - 1);
    auto y = getLinear(tracer.getOperand(term, 1), depth - 1);
    if (!x || !y)
      return std::nullopt;
    if (isa<arith::MulIOp>(op)) {
      if (x->query || x->key)
        std::swap(x, y);
      if (x->query || x->key)
        return std::nullopt;
      return keepExact({x->constant * y->query, x->constant * y->key,
                        x->constant * y->constant},
                       type);
    }
    int64_t sign = isa<arith::AddIOp>(op) ? 1 : -1;
    return keepExact({x->query + sign * y->query, x->key + sign * y->key,
                      x->constant + sign * y->constant},
                     type);
  }
  // 0, 1, 2, ... written out.
  DenseIntElementsAttr elements;
  if (!term.isTensor() || !matchPattern(term.value, m_Constant(&elements)) ||
      elements.getNumElements() < 2)
    return std::nullopt;
  auto linear = alongAxis(tracer.atoms.getAllLeaves(term.axes));
  if (!linear)
    return std::nullopt;
  SmallVector<APInt> values(elements.getValues<APInt>());
  if (llvm::any_of(values,
                   [](const APInt &value) { return !value.isSignedIntN(32); }))
    return std::nullopt;
  int64_t first = values[0].getSExtValue(),
          step = values[1].getSExtValue() - first;
  for (auto [i, value] : llvm::enumerate(values))
    if (value.getSExtValue() != first + step * static_cast<int64_t>(i))
      return std::nullopt;
  return keepExact({linear->query * step, linear->key * step, first}, type);
}

/// The predicate that says the same of numbers that are not negative.
static CmpIPredicate toSigned(CmpIPredicate predicate) {
  switch (predicate) {
  case CmpIPredicate::ult:
    return CmpIPredicate::slt;
  case CmpIPredicate::ule:
    return CmpIPredicate::sle;
  case CmpIPredicate::ugt:
    return CmpIPredicate::sgt;
  case CmpIPredicate::uge:
    return CmpIPredicate::sge;
  default:
    return predicate;
  }
}

std::optional<CausalMasks::Triangle>
CausalMasks::getCompared(const Term &term) {
  auto compare = cast<arith::CmpIOp>(term.getOp());
  auto x = getLinear(tracer.getOperand(term, 0));
  auto y = getLinear(tracer.getOperand(term, 1));
  if (!x || !y)
    return std::nullopt;
  CmpIPredicate predicate = toSigned(compare.getPredicate());
  if (predicate != compare.getPredicate() &&
      (getRange(*x).first < 0 || getRange(*y).first < 0))
    return std::nullopt;
  // As i - j + constant, compared with 0.
  Linear d{x->query - y->query, x->key - y->key, x->constant - y->constant};
  if (d.query == -1 && d.key == 1) {
    d = {1, -1, -d.constant};
    switch (predicate) {
    case CmpIPredicate::slt:
      predicate = CmpIPredicate::sgt;
      break;
    case CmpIPredicate::sle:
      predicate = CmpIPredicate::sge;
      break;
    case CmpIPredicate::sgt:
      predicate = CmpIPredicate::slt;
      break;
    case CmpIPredicate::sge:
      predicate = CmpIPredicate::sle;
      break;
    default:
      return std::nullopt;
    }
  }
  if (d.query != 1 || d.key != -1)
    return std::nullopt;
  switch (predicate) {
  case CmpIPredicate::sge:
    return Triangle{d.constant, true};
  case CmpIPredicate::sgt:
    return Triangle{d.constant - 1, true};
  case CmpIPredicate::slt:
    return Triangle{d.constant, false};
  case CmpIPredicate::sle:
    return Triangle{d.constant - 1, false};
  default:
    return std::nullopt;
  }
}

std::optional<bool> CausalMasks::isVisible(Attribute element) const {
  if (auto integer = dyn_cast<IntegerAttr>(element))
    return !integer.getValue().isZero();
  auto number = dyn_cast<FloatAttr>(element);
  if (!number)
    return std::nullopt;
  if (number.getValueAsDouble() == 0)
    return true;
  return number.getValueAsDouble() <= lowest ? std::optional(false)
                                             : std::nullopt;
}

std::optional<CausalMasks::Triangle>
CausalMasks::getConstantTriangle(const Term &constant) {
  DenseElementsAttr elements;
  if (!constant.isTensor() ||
      !matchPattern(constant.value, m_Constant(&elements)) ||
      elements.isSplat() || queries.size() != 1 || keys.size() != 1 ||
      tracer.atoms.getAllLeaves(constant.axes) != Axis{queries[0], keys[0]})
    return std::nullopt;
  int64_t columns = tracer.atoms.getSize(keys[0]);
  // The first row says where the diagonal is, and which side of it is visible.
  std::optional<int64_t> offset;
  int64_t row = 0, column = 0;
  std::optional<bool> inside;
  for (Attribute element : elements.getValues<Attribute>()) {
    std::optional<bool> visible = isVisible(element);
    if (!visible)
      return std::nullopt;
    if (row == 0) {
      if (column == 0)
        inside = *visible;
      else if (*visible == !*inside && !offset)
        offset = column - 1;
    }
    if (row == 0 && column + 1 == columns && !offset)
      return std::nullopt;
    if (row > 0 || offset) {
      bool isInside = column <= row + *offset;
      if (*visible != (isInside ? *inside : !*inside))
        return std::nullopt;
    }
    if (++column == columns) {
      column = 0;
      ++row;
    }
  }
  return Triangle{*offset, *inside};
}

std::optional<CausalMasks::Triangle> CausalMasks::getTriangle(Term condition,
                                                              unsigned depth) {
  condition = tracer.resolve(condition);
  if (isa_and_nonnull<arith::CmpIOp>(condition.getOp())) {
    if (auto triangle = getCompared(condition))
      return triangle;
    // Of booleans that are compared with false, or with true.
    auto compare = cast<arith::CmpIOp>(condition.getOp());
    std::optional<double> constant =
        tracer.getConstant(tracer.getOperand(condition, 1));
    if (!constant || depth == 0 || *constant != 0)
      return std::nullopt;
    auto triangle = getTriangle(tracer.getOperand(condition, 0), depth - 1);
    if (triangle && compare.getPredicate() == CmpIPredicate::eq)
      triangle->isVisible = !triangle->isVisible;
    else if (compare.getPredicate() != CmpIPredicate::ne)
      return std::nullopt;
    return triangle;
  }
  // Of one bit; of more, a constant changes some of them.
  if (depth > 0 && isa_and_nonnull<arith::XOrIOp>(condition.getOp()) &&
      condition.value.getType().isInteger(1) &&
      tracer.getConstant(tracer.getOperand(condition, 1)).value_or(0) != 0) {
    auto triangle = getTriangle(tracer.getOperand(condition, 0), depth - 1);
    if (triangle)
      triangle->isVisible = !triangle->isVisible;
    return triangle;
  }
  if (depth > 0 &&
      isa_and_nonnull<arith::ExtUIOp, arith::ExtSIOp>(condition.getOp()))
    return getTriangle(tracer.getOperand(condition, 0), depth - 1);
  return getConstantTriangle(condition);
}

std::optional<int64_t> CausalMasks::getOffsetOfFloats(Term term,
                                                      unsigned depth) {
  term = tracer.skipConversions(term);
  if (isa_and_nonnull<arith::SelectOp>(term.getOp())) {
    auto triangle = getTriangle(tracer.getOperand(term, 0));
    auto yes = tracer.getConstant(tracer.getOperand(term, 1)),
         no = tracer.getConstant(tracer.getOperand(term, 2));
    if (!triangle || !yes || !no)
      return std::nullopt;
    if (!triangle->isVisible)
      std::swap(yes, no);
    if (*yes != 0 || !(*no <= lowest) || triangle->offset < 0)
      return std::nullopt;
    return triangle->offset;
  }
  if (depth > 0 && isa_and_nonnull<arith::AddFOp>(term.getOp()))
    for (unsigned i : {0, 1})
      if (tracer.getConstant(tracer.getOperand(term, i)) == 0)
        return getOffsetOfFloats(tracer.getOperand(term, 1 - i), depth - 1);
  auto triangle = getConstantTriangle(term);
  if (!triangle || !triangle->isVisible || triangle->offset < 0)
    return std::nullopt;
  return triangle->offset;
}

std::optional<int64_t> CausalMasks::getOffset(const MatchedMask &mask) {
  Term term = mask.term;
  if (!getElementTypeOrSelf(term.value.getType()).isInteger(1))
    return getOffsetOfFloats(term);
  auto triangle = getTriangle(term);
  if (!triangle || triangle->isVisible == mask.inverted ||
      triangle->offset < 0 || !(mask.fill <= lowest))
    return std::nullopt;
  return triangle->offset;
}

std::optional<int64_t> CausalMasks::takeOffset(MatchedMask &mask, bool isOnly) {
  lowest = isOnly ? mask.lowest : -std::numeric_limits<double>::infinity();
  if (auto offset = getOffset(mask)) {
    mask.term = {};
    return offset;
  }
  Term term = tracer.skipConversions(mask.term);
  bool isBool = getElementTypeOrSelf(mask.term.value.getType()).isInteger(1);
  bool isJoined = isBool ? mask.inverted
                               ? isa_and_nonnull<arith::OrIOp>(term.getOp())
                               : isa_and_nonnull<arith::AndIOp>(term.getOp())
                         : isa_and_nonnull<arith::AddFOp>(term.getOp());
  if (!isJoined)
    return std::nullopt;
  for (unsigned i : {0, 1}) {
    MatchedMask part = mask;
    part.term = tracer.getOperand(term, i);
    auto offset = takeOffset(part, /*isOnly=*/false);
    if (!offset)
      continue;
    Term other = tracer.getOperand(term, 1 - i);
    if (part.term || tracer.isUniform(other))
      return std::nullopt;
    mask.term = other;
    return offset;
  }
  return std::nullopt;
}
