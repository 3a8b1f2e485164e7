//===- RaiseAttention.cpp - Attention from imported IR --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches a product of two activations, a softmax along its last axis and a
// second product, as AttentionMatch.cpp finds them. Makes a lowbit.attention on
// query, key and value as they were before heads were split off, where all
// three lie so, else with axes [batch, heads, rows, size]; a mask that compares
// indices becomes `causal`. Leaves what was matched to be removed as dead code,
// and what is near to attention, with a remark.
//
//===----------------------------------------------------------------------===//

#include "AttentionLayout.h"
#include "CausalMask.h"
#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace lowbit {
#define GEN_PASS_DEF_RAISEATTENTIONPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {
/// Raises one attention.
class Raising {
public:
  Raising(IRRewriter &rewriter, linalg::LinalgOp root)
      : rewriter(rewriter), b(root.getLoc(), rewriter), root(root),
        matcher(tracer) {}

  /// Fails with a reason, which is empty where there is no softmax.
  LogicalResult run();
  StringRef getReason() const { return reason; }

private:
  bool checkUses();
  bool checkGuard();
  /// Causal masks become attributes.
  void findCausal();
  bool checkMasks();
  /// The tensor that has the elements of `term`; null if there is none.
  Term findTensor(Term term);
  /// The same, made if there is none.
  Term toTensor(Term term);
  /// What all masks say, with axes [batch, heads, queries, keys], or null.
  Value buildMask();
  void replace();
  bool fail(const Twine &why) {
    reason = why.str();
    return false;
  }

  IRRewriter &rewriter;
  ImplicitLocOpBuilder b;
  linalg::LinalgOp root;
  Tracer tracer;
  AttentionMatcher matcher;
  MatchedAttention match;
  AttentionLayout layout;
  std::optional<int64_t> offset;
  std::string reason;
};
} // namespace

/// Nothing but what is replaced may read what is between the two products.
bool Raising::checkUses() {
  SmallVector<Operation *> open = {match.scores};
  llvm::SmallPtrSet<Operation *, 32> seen;
  while (!open.empty()) {
    Operation *op = open.pop_back_val();
    for (Operation *user : op->getUsers()) {
      // What is inside an op reads for that op.
      while (user->getBlock() != op->getBlock() && user->getParentOp())
        user = user->getParentOp();
      if (user == root || isa<tensor::DimOp>(user) || !seen.insert(user).second)
        continue;
      auto linalgOp = dyn_cast<linalg::LinalgOp>(user);
      bool isProduct = user != match.weighted && linalgOp &&
                       linalg::isaContractionOpInterface(linalgOp);
      if (isProduct || user->getNumResults() == 0 || !isMemoryEffectFree(user))
        return fail("scores or weights are used elsewhere, too");
      open.push_back(user);
    }
  }
  return true;
}

/// What replaces rows by 0 asks for the maximum of the one mask to be -inf, or
/// of numbers that never are.
bool Raising::checkGuard() {
  if (!match.guard)
    return true;
  Term condition = tracer.resolve(match.guard);
  auto compare = dyn_cast_or_null<arith::CmpFOp>(condition.getOp());
  if (compare && compare.getPredicate() == arith::CmpFPredicate::OEQ &&
      tracer.getConstant(tracer.getOperand(condition, 1)) == -infinity) {
    auto [reduced, max, start] = tracer.matchReduction(
        tracer.resolve(tracer.getOperand(condition, 0)), match.keys);
    if (isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp>(max)) {
      std::optional<double> constant = tracer.getConstant(reduced);
      if ((constant && std::isfinite(*constant)) ||
          (match.masks.size() == 1 &&
           tracer.isSame(reduced, match.masks[0].term)))
        return true;
    }
  }
  return fail("weights are replaced by 0 other than in rows without keys");
}

void Raising::findCausal() {
  CausalMasks causal(tracer, layout.queries, layout.keys);
  for (MatchedMask &mask : match.masks) {
    offset = causal.takeOffset(mask, /*isOnly=*/match.masks.size() == 1);
    if (offset)
      break;
  }
  llvm::erase_if(match.masks,
                 [](const MatchedMask &mask) { return !mask.term; });
}

bool Raising::checkMasks() {
  for (const MatchedMask &mask : match.masks) {
    bool isBool = getElementTypeOrSelf(mask.term.value.getType()).isInteger(1);
    if (isBool && !(mask.fill <= mask.lowest))
      return fail("scores are replaced by " +
                  llvm::formatv("{0:f1}", mask.fill).str() +
                  ", which a row without keys tells from a mask");
    Term tensor = findTensor(mask.term);
    Axis atoms =
        tracer.atoms.getAllLeaves(tensor ? tensor.axes : mask.term.axes);
    for (const Axis &axis : {layout.batch, layout.getQueryHeads()}) {
      size_t count = llvm::count_if(
          axis, [&](unsigned atom) { return llvm::is_contained(atoms, atom); });
      if (count != 0 && count != axis.size())
        return fail("a mask differs along a part of the batch or of the heads");
    }
  }
  return true;
}

Term Raising::findTensor(Term term) {
  if (!term.isTensor())
    if (auto argument = dyn_cast<BlockArgument>(term.value)) {
      auto generic =
          cast<linalg::GenericOp>(argument.getOwner()->getParentOp());
      Term operand = tracer.getOperandOf(
          generic, generic.getDpsInputOperand(argument.getArgNumber()),
          term.axes);
      if (operand && operand.isTensor())
        term = operand;
    }
  return term.isTensor() ? tracer.getOrigin(term) : Term();
}

Term Raising::toTensor(Term term) {
  if (Term tensor = findTensor(term))
    return tensor;
  // An expression within a body: a generic of its own, of what it needs.
  auto generic =
      cast<linalg::GenericOp>(term.value.getParentBlock()->getParentOp());
  Block *block = generic.getBody();
  llvm::SetVector<Value> needed;
  needed.insert(term.value);
  for (Operation &inner : llvm::reverse(*block))
    if (inner.getNumResults() == 1 && needed.contains(inner.getResult(0)))
      needed.insert(inner.operand_begin(), inner.operand_end());
  AffineMap map = generic.getIndexingMapMatchingResult(
      cast<OpResult>(generic.getResult(0)));
  SmallVector<OpFoldResult> sizes(generic.getNumLoops());
  for (auto [expr, size] :
       llvm::zip(map.getResults(),
                 tensor::getMixedSizes(b, b.getLoc(), generic.getResult(0))))
    sizes[cast<AffineDimExpr>(expr).getPosition()] = size;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  SmallVector<BlockArgument> arguments;
  for (OpOperand *input : generic.getDpsInputOperands()) {
    BlockArgument argument = block->getArgument(input->getOperandNumber());
    if (!needed.contains(argument))
      continue;
    inputs.push_back(input->get());
    maps.push_back(generic.getMatchingIndexingMap(input));
    arguments.push_back(argument);
  }
  Value tensor = buildParallel(
      b, sizes, term.value.getType(), inputs, maps,
      [&](ImplicitLocOpBuilder &body, ValueRange elements) {
        IRMapping mapping;
        for (auto [argument, element] : llvm::zip(arguments, elements))
          mapping.map(argument, element);
        for (Operation &inner : block->without_terminator())
          if (inner.getNumResults() == 1 && needed.contains(inner.getResult(0)))
            body.clone(inner, mapping);
        return SmallVector<Value>{mapping.lookupOrDefault(term.value)};
      });
  return {tensor, term.axes};
}

Value Raising::buildMask() {
  if (match.masks.empty())
    return nullptr;
  Axis heads = layout.getQueryHeads();
  Axis axes[] = {layout.batch, heads, layout.queries, layout.keys};
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  SmallVector<OpFoldResult> sizes(4, b.getIndexAttr(1));
  bool isBool = true;
  for (const MatchedMask &mask : match.masks) {
    Term tensor = toTensor(mask.term);
    Axis atoms = tracer.atoms.getAllLeaves(tensor.axes);
    SmallVector<Axis> target;
    SmallVector<AffineExpr> exprs;
    for (auto [place, axis] : llvm::enumerate(axes)) {
      bool has = !axis.empty() && llvm::is_contained(atoms, axis[0]);
      target.push_back(has ? axis : Axis());
      exprs.push_back(has ? b.getAffineDimExpr(place)
                          : b.getAffineConstantExpr(0));
    }
    Term known[] = {tensor, layout.query, layout.key, layout.value};
    Value moved = AxisBuilder(tracer, b, known).reshape(tensor, target);
    for (auto [place, axis] : llvm::enumerate(target))
      if (!axis.empty())
        sizes[place] = tensor::getMixedSize(b, b.getLoc(), moved, place);
    inputs.push_back(moved);
    maps.push_back(AffineMap::get(4, 0, exprs, b.getContext()));
    isBool &=
        getElementTypeOrSelf(moved).isInteger(1) && mask.fill == -infinity;
  }
  if (match.masks.size() == 1 &&
      (!getElementTypeOrSelf(inputs[0]).isInteger(1) ||
       (isBool && !match.masks[0].inverted)))
    return inputs[0];
  Type type = isBool ? Type(b.getI1Type()) : Type(b.getF32Type());
  return buildParallel(
      b, sizes, type, inputs, maps,
      [&](ImplicitLocOpBuilder &body, ValueRange elements) {
        Value all;
        // The innermost first, as scores had them. They are added to what they
        // were replaced by, and must be lost in it.
        constexpr double lowest = std::numeric_limits<float>::lowest();
        for (size_t i = match.masks.size(); i-- > 0;) {
          const MatchedMask &mask = match.masks[i];
          Value value = elements[i];
          if (isBool) {
            if (mask.inverted)
              value = arith::XOrIOp::create(
                  body, value, emitConstant(body, body.getI1Type(), 1));
            all = all ? arith::AndIOp::create(body, all, value).getResult()
                      : value;
            continue;
          }
          if (value.getType().isInteger(1)) {
            Value others = all ? all : emitConstant(body, type, 0);
            Value none = emitConstant(
                body, type, mask.fill == -infinity ? -infinity : lowest);
            all = arith::SelectOp::create(body, value,
                                          mask.inverted ? none : others,
                                          mask.inverted ? others : none);
            continue;
          }
          if (!value.getType().isF32())
            value = arith::ExtFOp::create(body, type, value);
          all =
              all ? arith::AddFOp::create(body, all, value).getResult() : value;
        }
        return SmallVector<Value>{all};
      });
}

void Raising::replace() {
  Term known[] = {layout.query, layout.key, layout.value};
  AxisBuilder builder(tracer, b, known);
  Axis heads = layout.getQueryHeads();
  auto axesOf = [&](const Axis &heads, const Axis &rows,
                    const Axis &size) -> SmallVector<Axis> {
    if (!layout.joined)
      return {layout.batch, heads, rows, size};
    Axis last = heads;
    last.append(size.begin(), size.end());
    return {layout.batch, rows, last};
  };
  Value query =
      builder.reshape(layout.query, axesOf(heads, layout.queries, layout.size));
  Value key = builder.reshape(
      layout.key, axesOf(layout.keyHeads, layout.keys, layout.size));
  Value value = builder.reshape(
      layout.value, axesOf(layout.keyHeads, layout.keys, layout.valueSize));
  Value mask = buildMask();

  auto queryType = cast<RankedTensorType>(query.getType());
  auto valueType = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(queryType.getShape());
  auto countOf = [&](ArrayRef<unsigned> axis) {
    int64_t count = 1;
    for (unsigned atom : axis)
      count *= tracer.atoms.getSize(atom);
    return count;
  };
  shape.back() = layout.joined ? countOf(heads) * countOf(layout.valueSize)
                               : valueType.getShape().back();
  auto attention = AttentionOp::create(
      b, RankedTensorType::get(shape, queryType.getElementType()), query, key,
      value, mask, match.scale);
  if (layout.joined)
    attention.setHeads(
        ArrayRef<int64_t>{countOf(heads), countOf(layout.keyHeads)});
  if (match.softCap)
    attention.setSoftCapAttr(b.getF64FloatAttr(*match.softCap));
  if (offset) {
    AttentionSizes sizes = attention.getSizes();
    bool known = !ShapedType::isDynamic(sizes.queries) &&
                 !ShapedType::isDynamic(sizes.keys);
    bool isLast = known && *offset == sizes.keys - sizes.queries;
    if (isLast || *offset == 0)
      attention.setCausal(true);
    else
      attention.setWindow(ArrayRef<int64_t>{-1, *offset});
    attention.setTopLeft(!isLast);
  }
  attention->setDiscardableAttrs(
      match.weighted->getDiscardableAttrDictionary());
  Term result{attention.getResult(),
              axesOf(heads, layout.queries, layout.valueSize)};
  Value moved = builder.reshape(result, match.result.axes);
  Type type = root->getResult(0).getType();
  if (moved.getType() != type)
    moved = tensor::CastOp::create(b, type, moved);
  rewriter.replaceOp(root, moved);
}

LogicalResult Raising::run() {
  std::optional<MatchedAttention> found = matcher.match(root);
  if (!found) {
    reason = matcher.getReason();
    return failure();
  }
  match = *found;
  if (!checkUses() || !checkGuard())
    return failure();
  auto axes = AttentionLayout::get(tracer, match, reason);
  if (!axes)
    return failure();
  layout = *axes;
  findCausal();
  if (!checkMasks())
    return failure();
  if (layout.rounded)
    root = match.rounding;
  b.setInsertionPoint(root);
  replace();
  return success();
}

namespace {
struct RaiseAttentionPass final
    : lowbit::impl::RaiseAttentionPassBase<RaiseAttentionPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> roots;
    getOperation()->walk([&](linalg::LinalgOp op) { roots.push_back(op); });
    IRRewriter rewriter(&getContext());
    // From the back: a division behind the second product goes first.
    for (linalg::LinalgOp root : llvm::reverse(roots)) {
      Location loc = root.getLoc();
      Raising raising(rewriter, root);
      if (failed(raising.run()) && !raising.getReason().empty())
        emitRemark(loc) << "no attention: " << raising.getReason();
    }
  }
};
} // namespace
