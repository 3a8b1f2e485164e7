//===- AxisTracing.cpp - Tensors back through what moves them -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisTracing.h"

#include "SizeTracing.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

using namespace lowbit;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Atoms
//===----------------------------------------------------------------------===//

Axis Atoms::getLeaves(ArrayRef<unsigned> axis) const {
  Axis leaves;
  for (unsigned atom : axis) {
    if (!parts[atom].empty())
      llvm::append_range(leaves, getLeaves(ArrayRef<unsigned>(parts[atom])));
    else if (sizes[atom] != 1)
      leaves.push_back(atom);
  }
  return leaves;
}

Axis Atoms::getAllLeaves(ArrayRef<Axis> axes) const {
  Axis leaves;
  for (const Axis &axis : axes)
    llvm::append_range(leaves, getLeaves(ArrayRef<unsigned>(axis)));
  return leaves;
}

std::optional<SmallVector<Axis>> Atoms::distribute(ArrayRef<unsigned> axis,
                                                   ArrayRef<int64_t> sizes) {
  Axis leaves = getLeaves(axis);
  SmallVector<Axis> result(sizes.size());
  // Axes of size 1 have no atoms.
  SmallVector<unsigned> places;
  for (auto [place, size] : llvm::enumerate(sizes))
    if (size != 1)
      places.push_back(place);
  if (places.empty())
    return leaves.empty() ? std::optional(result) : std::nullopt;
  if (places.size() == 1) {
    result[places[0]] = leaves;
    return result;
  }
  if (leaves.size() == 1) {
    SmallVector<unsigned> into;
    for (unsigned place : places) {
      into.push_back(add(sizes[place]));
      result[place] = {into.back()};
    }
    split(leaves[0], into);
    return result;
  }
  // The same sizes; more than one that is not known may be other ones.
  if (llvm::equal(leaves, places, [&](unsigned leaf, unsigned place) {
        return getSize(leaf) == sizes[place];
      })) {
    unsigned unknown = 0;
    for (auto [leaf, place] : llvm::zip(leaves, places)) {
      unknown += ShapedType::isDynamic(sizes[place]);
      result[place] = {leaf};
    }
    return unknown <= 1 ? std::optional(result) : std::nullopt;
  }
  // Known sizes, and atoms that may have to be split.
  SmallVector<unsigned> rest(leaves.rbegin(), leaves.rend());
  for (unsigned place : places) {
    int64_t left = sizes[place];
    while (left != 1) {
      if (rest.empty() || ShapedType::isDynamic(left) ||
          ShapedType::isDynamic(getSize(rest.back())))
        return std::nullopt;
      unsigned leaf = rest.pop_back_val();
      int64_t size = getSize(leaf);
      if (left % size == 0) {
        result[place].push_back(leaf);
        left /= size;
        continue;
      }
      if (size % left != 0)
        return std::nullopt;
      unsigned outer = add(left), inner = add(size / left);
      split(leaf, {outer, inner});
      result[place].push_back(outer);
      rest.push_back(inner);
      left = 1;
    }
  }
  return rest.empty() ? std::optional(result) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Moving
//===----------------------------------------------------------------------===//

Term Tracer::getOperandOf(linalg::LinalgOp op, OpOperand *operand,
                          ArrayRef<Axis> loops) {
  Term term{operand->get(), {}};
  if (!term.isTensor())
    return term;
  auto shape = cast<RankedTensorType>(term.value.getType()).getShape();
  AffineMap map = op.getMatchingIndexingMap(operand);
  for (auto [size, expr] : llvm::zip(shape, map.getResults())) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      term.axes.push_back(size == 1 ? Axis() : loops[dim.getPosition()]);
    else if (isa<AffineConstantExpr>(expr) && size == 1)
      term.axes.emplace_back();
    else
      return {};
  }
  return term;
}

/// The axes of the loops of an elementwise generic whose result has `axes`.
static std::optional<SmallVector<Axis>>
getLoopAxes(linalg::GenericOp op, unsigned result, ArrayRef<Axis> axes) {
  AffineMap map =
      op.getIndexingMapMatchingResult(cast<OpResult>(op.getResult(result)));
  if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0 ||
      !map.isPermutation())
    return std::nullopt;
  SmallVector<Axis> loops(op.getNumLoops());
  for (auto [axis, expr] : llvm::zip(axes, map.getResults()))
    loops[cast<AffineDimExpr>(expr).getPosition()] = axis;
  return loops;
}

/// How many axes of known size `type` has from `place` on.
static int64_t countKnown(RankedTensorType type, int64_t place) {
  int64_t end = place;
  while (end < type.getRank() && !type.isDynamicDim(end))
    ++end;
  return end - place;
}

Term Tracer::stepBackReshape(tensor::ReshapeOp op, ArrayRef<Axis> axes) {
  auto source = dyn_cast<RankedTensorType>(op.getSource().getType());
  if (!source)
    return {};
  auto result = cast<RankedTensorType>(op.getResult().getType());
  // Axes that are not known stand in the same order on both sides, and known
  // ones between two of them have as many elements on both.
  Term moved{op.getSource(), {}};
  int64_t from = 0, to = 0;
  while (true) {
    int64_t sources = countKnown(source, from),
            results = countKnown(result, to);
    ArrayRef<int64_t> sizes = source.getShape().slice(from, sources);
    if (computeProduct(sizes) !=
        computeProduct(result.getShape().slice(to, results)))
      return {};
    Axis joined;
    for (const Axis &axis : axes.slice(to, results))
      llvm::append_range(joined, axis);
    auto parts = atoms.distribute(joined, sizes);
    if (!parts)
      return {};
    llvm::append_range(moved.axes, *parts);
    from += sources;
    to += results;
    if (from == source.getRank() || to == result.getRank())
      return from == source.getRank() && to == result.getRank() ? moved
                                                                : Term();
    if (!(traceSize(op.getSource(), from) == traceSize(op.getResult(), to)))
      return {};
    moved.axes.push_back(axes[to]);
    ++from;
    ++to;
  }
}

Term Tracer::stepBack(const Term &tensor) {
  Operation *op = tensor.getOp();
  if (!op || !tensor.isTensor())
    return {};
  if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    if (!isa<RankedTensorType>(cast.getSource().getType()))
      return {};
    return {cast.getSource(), tensor.axes};
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    Term source{expand.getSrc(), {}};
    for (const ReassociationIndices &group : expand.getReassociationIndices()) {
      Axis &axis = source.axes.emplace_back();
      for (int64_t place : group)
        llvm::append_range(axis, tensor.axes[place]);
    }
    return source;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    Term source{collapse.getSrc(), {}};
    ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
    for (auto [axis, group] :
         llvm::zip(tensor.axes, collapse.getReassociationIndices())) {
      auto axes =
          atoms.distribute(axis, shape.slice(group.front(), group.size()));
      if (!axes)
        return {};
      llvm::append_range(source.axes, *axes);
    }
    return source;
  }
  if (auto reshape = dyn_cast<tensor::ReshapeOp>(op))
    return stepBackReshape(reshape, tensor.axes);
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    Term source{transpose.getInput(), SmallVector<Axis>(tensor.axes.size())};
    for (auto [axis, place] :
         llvm::zip(tensor.axes, transpose.getPermutation()))
      source.axes[place] = axis;
    return source;
  }
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    Term source{broadcast.getInput(), {}};
    for (auto [place, axis] : llvm::enumerate(tensor.axes))
      if (!llvm::is_contained(broadcast.getDimensions(), place))
        source.axes.push_back(axis);
    return source;
  }
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic)
    return {};
  unsigned number = cast<OpResult>(tensor.value).getResultNumber();
  auto loops = getLoopAxes(generic, number, tensor.axes);
  auto argument = dyn_cast<BlockArgument>(
      generic.getBody()->getTerminator()->getOperand(number));
  if (!loops || !argument || argument.getOwner() != generic.getBody() ||
      argument.getArgNumber() >= generic.getNumDpsInputs())
    return {};
  return getOperandOf(
      generic, generic.getDpsInputOperand(argument.getArgNumber()), *loops);
}

Term Tracer::getOrigin(Term tensor) {
  while (Term source = stepBack(tensor))
    tensor = source;
  return tensor;
}

Term Tracer::resolve(Term term) {
  while (true) {
    if (term.isTensor()) {
      if (Term source = stepBack(term)) {
        term = source;
        continue;
      }
      auto generic = term.value.getDefiningOp<linalg::GenericOp>();
      if (!generic)
        return term;
      unsigned number = cast<OpResult>(term.value).getResultNumber();
      auto loops = getLoopAxes(generic, number, term.axes);
      Value element = generic.getBody()->getTerminator()->getOperand(number);
      if (!loops || isa<BlockArgument>(element))
        return term;
      term = {element, *loops};
    }
    auto argument = dyn_cast<BlockArgument>(term.value);
    auto generic =
        argument
            ? dyn_cast<linalg::GenericOp>(argument.getOwner()->getParentOp())
            : nullptr;
    if (!generic || argument.getArgNumber() >= generic.getNumDpsInputs() ||
        term.axes.size() != generic.getNumLoops())
      return term;
    Term operand = getOperandOf(
        generic, generic.getDpsInputOperand(argument.getArgNumber()),
        term.axes);
    if (!operand)
      return term;
    if (!operand.isTensor())
      return operand;
    term = operand;
  }
}

Term Tracer::skipConversions(Term term) {
  term = resolve(term);
  while (isa_and_nonnull<arith::ExtFOp, arith::TruncFOp>(term.getOp()))
    term = resolve(getOperand(term, 0));
  return term;
}

Reduction Tracer::matchReduction(const Term &term, ArrayRef<unsigned> axis) {
  auto generic =
      term.isTensor() ? term.value.getDefiningOp<linalg::GenericOp>() : nullptr;
  if (!generic || !generic.hasPureTensorSemantics() ||
      generic.getNumReductionLoops() != 1)
    return {};
  OpResult result = cast<OpResult>(term.value);
  AffineMap map = generic.getIndexingMapMatchingResult(result);
  SmallVector<Axis> loops(generic.getNumLoops());
  for (auto [size, expr, own] :
       llvm::zip(cast<RankedTensorType>(term.value.getType()).getShape(),
                 map.getResults(), term.axes)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    // The axis that is reduced may be kept with size 1.
    if (dim)
      loops[dim.getPosition()] = own;
    else if (size != 1)
      return {};
  }
  SmallVector<unsigned> reductions;
  generic.getReductionDims(reductions);
  if (map.isFunctionOfDim(reductions[0]))
    return {};
  loops[reductions[0]].assign(axis.begin(), axis.end());
  Value element =
      generic.getBody()->getTerminator()->getOperand(result.getResultNumber());
  Operation *combiner = element.getDefiningOp();
  BlockArgument so = generic.getRegionOutputArgs()[result.getResultNumber()];
  if (!combiner || combiner->getNumOperands() != 2 ||
      !llvm::is_contained(combiner->getOperands(), so))
    return {};
  unsigned reduced = combiner->getOperand(0) == so ? 1 : 0;
  Value init = generic.getDpsInits()[result.getResultNumber()];
  return {Term{combiner->getOperand(reduced), loops}, combiner,
          getConstant({init, {}})};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<double> Tracer::getConstant(Term term, unsigned depth) {
  term = resolve(term);
  Attribute attribute;
  if (matchPattern(term.value, m_Constant(&attribute))) {
    if (auto elements = dyn_cast<DenseElementsAttr>(attribute)) {
      if (!elements.isSplat())
        return std::nullopt;
      attribute = elements.getSplatValue<Attribute>();
    }
    if (auto number = dyn_cast<FloatAttr>(attribute))
      return number.getValueAsDouble();
    if (auto number = dyn_cast<IntegerAttr>(attribute))
      return number.getValue().getSExtValue();
    return std::nullopt;
  }
  Operation *op = term.getOp();
  if (!op || depth == 0)
    return std::nullopt;
  auto get = [&](unsigned index) {
    return getConstant(getOperand(term, index), depth - 1);
  };
  if (isa<linalg::FillOp>(op))
    return getConstant({op->getOperand(0), {}}, depth - 1);
  if (isa<arith::ExtFOp, arith::SIToFPOp, arith::ExtSIOp>(op))
    return get(0);
  if (isa<arith::IndexCastOp>(op)) {
    std::optional<double> x = get(0);
    auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(op->getResult(0)));
    bool fits =
        x && (!type || std::abs(*x) < std::ldexp(1, type.getWidth() - 1));
    return fits ? x : std::nullopt;
  }
  if (isa<arith::TruncFOp>(op)) {
    // To f32 is what scales of f64 are.
    if (!getElementTypeOrSelf(op->getResult(0)).isF32())
      return std::nullopt;
    std::optional<double> x = get(0);
    return x ? std::optional<double>(static_cast<float>(*x)) : std::nullopt;
  }
  if (isa<math::SqrtOp, math::RsqrtOp>(op)) {
    std::optional<double> x = get(0);
    if (!x)
      return std::nullopt;
    return isa<math::SqrtOp>(op) ? std::sqrt(*x) : 1 / std::sqrt(*x);
  }
  if (isa<arith::MulFOp, arith::DivFOp>(op)) {
    std::optional<double> x = get(0), y = get(1);
    if (!x || !y)
      return std::nullopt;
    return isa<arith::MulFOp>(op) ? *x * *y : *x / *y;
  }
  return std::nullopt;
}

bool Tracer::isUniform(Term term) {
  term = resolve(term);
  return !term.isTensor() &&
         !isa<linalg::LinalgOp>(term.value.getParentBlock()->getParentOp());
}

bool Tracer::hasSameAxes(const Term &a, const Term &b) {
  return llvm::all_of_zip(a.axes, b.axes, [&](const Axis &x, const Axis &y) {
    return atoms.isSame(x, y);
  });
}

bool Tracer::isSame(Term a, Term b, unsigned depth) {
  a = resolve(a);
  b = resolve(b);
  if (a.value == b.value)
    return a.axes.size() == b.axes.size() && hasSameAxes(a, b);
  if (std::optional<double> x = getConstant(a))
    return x == getConstant(b);
  Operation *x = a.getOp(), *y = b.getOp();
  if (depth == 0 || !x || !y || x->getName() != y->getName() ||
      x->getNumOperands() != y->getNumOperands() || x->getNumRegions() != 0 ||
      x->getNumResults() != 1 || x->getAttrs() != y->getAttrs() ||
      a.isTensor() || b.isTensor() || isa<linalg::IndexOp>(x))
    return false;
  for (unsigned i = 0; i < x->getNumOperands(); ++i)
    if (!isSame(getOperand(a, i), getOperand(b, i), depth - 1))
      return false;
  return true;
}
