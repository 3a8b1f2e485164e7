//===- AttentionMatch.cpp - What attention is made of ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionMatch.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// A product of two activations, from `term`; null if it is none.
static linalg::LinalgOp getProduct(const Term &term) {
  auto op =
      term.isTensor() ? term.value.getDefiningOp<linalg::LinalgOp>() : nullptr;
  if (!op || op.getNumDpsInputs() != 2 || !op.hasPureTensorSemantics() ||
      !linalg::isaContractionOpInterface(op) || !isSumOfProducts(op) ||
      !isIndexedByAllParallelLoops(op) || op.getNumReductionLoops() != 1)
    return nullptr;
  for (Value input : op.getDpsInputs())
    if (isWeight(input))
      return nullptr;
  return op;
}

/// The axes of the loops of `op`, whose result has `axes`; that which is summed
/// over gets atoms of its own.
static SmallVector<Axis> getProductLoops(linalg::LinalgOp op,
                                         ArrayRef<Axis> axes, Atoms &atoms,
                                         Axis &summed) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<Axis> loops(op.getNumLoops());
  for (auto [axis, expr] : llvm::zip(axes, map.getResults()))
    loops[cast<AffineDimExpr>(expr).getPosition()] = axis;
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  summed = {atoms.add(op.getStaticLoopRanges()[reductions[0]])};
  loops[reductions[0]] = summed;
  return loops;
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// x if `term` is x, or `other` where x is `special`.
static Term skipGuard(Tracer &tracer, Term term, double special, double other) {
  term = tracer.skipConversions(term);
  auto select = dyn_cast_or_null<arith::SelectOp>(term.getOp());
  if (!select || tracer.getConstant(tracer.getOperand(term, 1)) != other)
    return term;
  Term condition = tracer.resolve(tracer.getOperand(term, 0));
  auto compare = dyn_cast_or_null<arith::CmpFOp>(condition.getOp());
  Term value = tracer.getOperand(term, 2);
  if (!compare ||
      (compare.getPredicate() != arith::CmpFPredicate::OEQ &&
       compare.getPredicate() != arith::CmpFPredicate::UEQ) ||
      tracer.getConstant(tracer.getOperand(condition, 1)) != special ||
      !tracer.isSame(tracer.getOperand(condition, 0), value))
    return term;
  return tracer.skipConversions(value);
}

/// Whether no finite number of `type` is below `start`.
static bool isLowest(std::optional<double> start, Type type) {
  return start && *start <= APFloat::getLargest(
                                cast<FloatType>(type).getFloatSemantics(),
                                /*Negative=*/true)
                                .convertToDouble();
}

std::optional<Term> AttentionMatcher::matchSoftmax(Term weights, Term divisor) {
  weights = tracer.skipConversions(weights);
  if (auto softmax = weights.value.getDefiningOp<linalg::SoftmaxOp>()) {
    // The division is another one.
    if (divisor)
      return std::nullopt;
    Term input{softmax.getInput(), weights.axes};
    if (!tracer.atoms.isSame(weights.axes[softmax.getDimension()],
                             match_.keys)) {
      fail("the softmax is along another axis than that of the keys");
      return std::nullopt;
    }
    return input;
  }
  // 0 for rows without keys.
  if (auto select = dyn_cast_or_null<arith::SelectOp>(weights.getOp());
      select && tracer.getConstant(tracer.getOperand(weights, 1)) == 0) {
    match_.guard = tracer.getOperand(weights, 0);
    weights = tracer.skipConversions(tracer.getOperand(weights, 2));
  }
  Term exps = weights;
  if (!divisor) {
    if (isa_and_nonnull<arith::DivFOp>(weights.getOp())) {
      exps = tracer.getOperand(weights, 0);
      divisor = tracer.getOperand(weights, 1);
    } else if (isa_and_nonnull<arith::MulFOp>(weights.getOp())) {
      for (unsigned i : {0, 1}) {
        Term inverse = tracer.resolve(tracer.getOperand(weights, i));
        if (!isa_and_nonnull<arith::DivFOp>(inverse.getOp()) ||
            tracer.getConstant(tracer.getOperand(inverse, 0)) != 1)
          continue;
        exps = tracer.getOperand(weights, 1 - i);
        divisor = tracer.getOperand(inverse, 1);
        break;
      }
    }
  }
  exps = tracer.skipConversions(exps);
  if (!divisor || !isa_and_nonnull<math::ExpOp>(exps.getOp()))
    return std::nullopt;

  // From here it is a softmax, or something near.
  auto [summed, add, sumStart] =
      tracer.matchReduction(skipGuard(tracer, divisor, 0, 1), match_.keys);
  if (!isa_and_nonnull<arith::AddFOp>(add)) {
    fail("exponentials are divided by what is not their sum");
    return std::nullopt;
  }
  if (!tracer.isSame(tracer.skipConversions(summed), exps)) {
    fail("the sum of exponentials is over other values, or along another axis "
         "than that of the keys");
    return std::nullopt;
  }
  if (sumStart != 0) {
    fail("the sum of exponentials does not start from 0");
    return std::nullopt;
  }
  Term scores = tracer.skipConversions(tracer.getOperand(exps, 0));
  if (!isa_and_nonnull<arith::SubFOp>(scores.getOp()))
    return scores;
  Term subtracted = tracer.getOperand(scores, 0);
  auto [compared, max, maxStart] = tracer.matchReduction(
      skipGuard(tracer, tracer.getOperand(scores, 1), -infinity, 0),
      match_.keys);
  if (!isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp>(max) ||
      !tracer.isSame(compared, subtracted)) {
    fail("what is subtracted from scores is not their maximum along the axis "
         "of the keys");
    return std::nullopt;
  }
  if (!isLowest(maxStart, max->getResult(0).getType())) {
    fail("the maximum of scores starts from a number that they may be below");
    return std::nullopt;
  }
  return subtracted;
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

bool AttentionMatcher::leadsToProduct(Term term, unsigned depth) {
  term = tracer.resolve(term);
  if (getProduct(term))
    return true;
  Operation *op = term.getOp();
  if (depth == 0 ||
      !isa_and_nonnull<arith::AddFOp, arith::SubFOp, arith::MulFOp,
                       arith::DivFOp, arith::NegFOp, arith::SelectOp,
                       arith::ExtFOp, arith::TruncFOp, math::TanhOp>(op))
    return false;
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    if (leadsToProduct(tracer.getOperand(term, i), depth - 1))
      return true;
  return false;
}

bool AttentionMatcher::matchSum(Term &term) {
  Term lhs = tracer.getOperand(term, 0), rhs = tracer.getOperand(term, 1);
  bool left = leadsToProduct(lhs), right = leadsToProduct(rhs);
  if (left && right)
    return fail("scores are a sum of two products");
  if (!left && !right)
    return fail("no product of query and key is in front of the softmax");
  if (isa<arith::SubFOp>(term.getOp()))
    return fail("a mask is subtracted, not added");
  double lowest = getLowestScore(term.value.getType());
  Term mask = left ? rhs : lhs;
  term = left ? lhs : rhs;
  // A softmax does not change with what all scores have.
  std::optional<double> constant = tracer.getConstant(mask);
  if (constant && !std::isfinite(*constant))
    return fail("what is added to all scores is not finite");
  if (!match_.softCap && (constant || tracer.isUniform(mask)))
    return true;
  if (match_.softCap)
    return fail("a mask is added in front of the soft cap");
  if (match_.scale != 1)
    return fail("scores are scaled behind the mask");
  match_.masks.push_back({mask, /*inverted=*/false, /*fill=*/0, lowest});
  return true;
}

bool AttentionMatcher::matchSelect(Term &term) {
  double lowest = getLowestScore(term.value.getType());
  Term condition = tracer.getOperand(term, 0);
  bool inverted = !leadsToProduct(tracer.getOperand(term, 1));
  std::optional<double> fill =
      tracer.getConstant(tracer.getOperand(term, inverted ? 1 : 2));
  term = tracer.getOperand(term, inverted ? 2 : 1);
  if (!fill)
    return fail("scores are replaced by what is not constant");
  if (tracer.isUniform(condition))
    return fail("one condition replaces all scores");
  if (match_.softCap)
    return fail("a mask is in front of the soft cap");
  // Less stays less times a positive scale.
  *fill *= match_.scale;
  if (match_.scale != 1 && *fill != -infinity)
    return fail("scores are scaled behind the mask");
  match_.masks.push_back({condition, inverted, *fill, lowest});
  return true;
}

bool AttentionMatcher::matchStep(Term &term) {
  Operation *op = term.getOp();
  if (!op)
    return fail("no product of query and key is in front of the softmax");
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    term = tracer.getOperand(term, 0);
    return true;
  }
  if (isa<arith::NegFOp>(op)) {
    match_.scale = -match_.scale;
    term = tracer.getOperand(term, 0);
    return true;
  }
  if (isa<arith::MulFOp, arith::DivFOp>(op)) {
    for (unsigned i : {1, 0}) {
      std::optional<double> factor =
          tracer.getConstant(tracer.getOperand(term, i));
      if (!factor || (isa<arith::DivFOp>(op) && i == 0))
        continue;
      match_.scale *= isa<arith::MulFOp>(op) ? *factor : 1 / *factor;
      term = tracer.getOperand(term, 1 - i);
      return true;
    }
    return fail("scores are scaled by what is not constant");
  }
  if (isa<math::TanhOp>(op)) {
    if (match_.softCap)
      return fail("scores have two soft caps");
    if (!(match_.scale > 0))
      return fail("the soft cap is not above 0");
    if (!checkScale())
      return false;
    match_.softCap = match_.scale;
    match_.scale = 1;
    term = tracer.getOperand(term, 0);
    return true;
  }
  if (isa<arith::AddFOp, arith::SubFOp>(op))
    return matchSum(term);
  if (isa<arith::SelectOp>(op))
    return matchSelect(term);
  if (leadsToProduct(term) || isa<linalg::LinalgOp>(op))
    return fail("no product of query and key is in front of the softmax");
  return fail("'" + op->getName().getStringRef() +
              "' is between the product and the softmax");
}

bool AttentionMatcher::matchScores(Term scores) {
  while (true) {
    scores = tracer.resolve(scores);
    if (getProduct(scores))
      break;
    if (!matchStep(scores))
      return false;
  }
  if (match_.softCap)
    match_.scale *= *match_.softCap;
  return matchProduct(scores) && checkScale();
}

bool AttentionMatcher::checkScale() {
  // A NaN is neither; scores are scaled in f32.
  double size = std::abs(match_.scale);
  if (size == 0 || (size >= std::numeric_limits<float>::min() &&
                    size <= std::numeric_limits<float>::max()))
    return true;
  return fail("scores are scaled by what is not finite, or beyond f32");
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The tensor that operand `index` of what `element`, resolved, is computed by
/// is an element of; null if there is none.
static Term getOperandTensor(Tracer &tracer, const Term &element,
                             unsigned index) {
  auto argument = dyn_cast<BlockArgument>(element.getOp()->getOperand(index));
  auto generic =
      argument ? dyn_cast<linalg::GenericOp>(argument.getOwner()->getParentOp())
               : nullptr;
  if (!generic)
    return {};
  Term tensor = tracer.getOperandOf(
      generic, generic.getDpsInputOperand(argument.getArgNumber()),
      element.axes);
  return tensor && tensor.isTensor() ? tensor : Term();
}

MatchedFactor AttentionMatcher::matchFactor(Term factor, bool scaled) {
  MatchedFactor matched;
  matched.views.push_back(factor);
  while (true) {
    if (Term source = tracer.stepBack(factor)) {
      factor = source;
      matched.views.push_back(factor);
      continue;
    }
    Term element = tracer.resolve(factor);
    if (element.isTensor())
      return matched;
    // The same numbers in a wider type.
    if (isa_and_nonnull<arith::ExtFOp>(element.getOp())) {
      Term narrow = getOperandTensor(tracer, element, 0);
      if (!narrow)
        return matched;
      factor = narrow;
      matched.views.push_back(factor);
      continue;
    }
    // A scale, if that is all.
    if (!scaled ||
        !isa_and_nonnull<arith::MulFOp, arith::DivFOp>(element.getOp()))
      return matched;
    Term next;
    for (unsigned i : {1, 0}) {
      std::optional<double> constant =
          tracer.getConstant(tracer.getOperand(element, i));
      bool divides = isa<arith::DivFOp>(element.getOp());
      if (!constant || (divides && i == 0))
        continue;
      next = getOperandTensor(tracer, element, 1 - i);
      if (!next)
        continue;
      match_.scale *= divides ? 1 / *constant : *constant;
      break;
    }
    if (!next)
      return matched;
    factor = next;
    // What is in front of a scale is no view of what is behind it.
    matched.views.clear();
    matched.views.push_back(factor);
  }
}

/// Whether the result starts from zeros.
static bool startsFromZero(Tracer &tracer, linalg::LinalgOp op) {
  return tracer.getConstant({op.getDpsInits()[0], {}}) == 0;
}

bool AttentionMatcher::matchProduct(const Term &product) {
  linalg::LinalgOp op = getProduct(product);
  if (!startsFromZero(tracer, op))
    return fail("the product of query and key is added to something");
  match_.scores = op;
  SmallVector<Axis> loops =
      getProductLoops(op, product.axes, tracer.atoms, match_.size);
  Term factors[2];
  bool hasKeys[2];
  for (unsigned i : {0, 1}) {
    factors[i] = tracer.getOperandOf(op, op.getDpsInputOperand(i), loops);
    Axis leaves = tracer.atoms.getAllLeaves(factors[i].axes);
    Axis keys = tracer.atoms.getLeaves(ArrayRef<unsigned>(match_.keys));
    // A single key has no atoms: it is the second factor that has it.
    hasKeys[i] = keys.empty() ? i == 1 : llvm::all_of(keys, [&](unsigned atom) {
      return llvm::is_contained(leaves, atom);
    });
  }
  if (hasKeys[0] == hasKeys[1])
    return fail("not one of the two factors of scores has the keys that the "
                "values have");
  match_.query = matchFactor(factors[hasKeys[0] ? 1 : 0], /*scaled=*/true);
  match_.key = matchFactor(factors[hasKeys[0] ? 0 : 1], /*scaled=*/true);
  return true;
}

/// What rounds each element of `result` to a smaller type, if nothing else
/// reads it: the end of a product that is summed in f32.
static linalg::GenericOp getRounding(Value result) {
  auto op = result.hasOneUse()
                ? dyn_cast<linalg::GenericOp>(*result.user_begin())
                : nullptr;
  if (!op || op.getNumDpsInputs() != 1 || op->getNumResults() != 1 ||
      !op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0 ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return nullptr;
  auto rounded = op.getBody()
                     ->getTerminator()
                     ->getOperand(0)
                     .getDefiningOp<arith::TruncFOp>();
  return rounded && rounded.getIn() == op.getRegionInputArgs()[0] ? op
                                                                  : nullptr;
}

std::optional<MatchedAttention> AttentionMatcher::match(linalg::LinalgOp root) {
  match_ = {};
  reason.clear();
  if (root->getNumResults() != 1 || !root.hasPureTensorSemantics())
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(root->getResult(0).getType());
  if (!type || !isEncodable(type.getElementType()))
    return std::nullopt;
  Term result{root->getResult(0), {}};
  for (int64_t size : type.getShape())
    result.axes.push_back({tracer.atoms.add(size)});
  match_.result = result;
  match_.rounding = getRounding(result.value);

  // The division may be behind the second product.
  Term divisor;
  linalg::LinalgOp weighted = getProduct(result);
  if (!weighted) {
    Term quotient = tracer.skipConversions(result);
    if (!isa_and_nonnull<arith::DivFOp>(quotient.getOp()))
      return std::nullopt;
    divisor = tracer.getOperand(quotient, 1);
    result = tracer.skipConversions(tracer.getOperand(quotient, 0));
    weighted = getProduct(result);
    if (!weighted)
      return std::nullopt;
  }
  match_.weighted = weighted;
  SmallVector<Axis> loops =
      getProductLoops(weighted, result.axes, tracer.atoms, match_.keys);
  for (unsigned i : {0, 1}) {
    Term weights =
        tracer.getOperandOf(weighted, weighted.getDpsInputOperand(i), loops);
    Term value = tracer.getOperandOf(weighted,
                                     weighted.getDpsInputOperand(1 - i), loops);
    std::optional<Term> scores = matchSoftmax(weights, divisor);
    if (!scores) {
      if (!reason.empty())
        return std::nullopt;
      continue;
    }
    // Axes that only values have are those of their size.
    Axis rows = tracer.atoms.getAllLeaves(weights.axes);
    for (unsigned atom : tracer.atoms.getAllLeaves(value.axes))
      if (!llvm::is_contained(rows, atom))
        match_.valueSize.push_back(atom);
    if (!startsFromZero(tracer, weighted)) {
      fail("the product of weights and values is added to something");
      return std::nullopt;
    }
    match_.value = matchFactor(value, /*scaled=*/false);
    if (!matchScores(*scores))
      return std::nullopt;
    return match_;
  }
  return std::nullopt;
}
