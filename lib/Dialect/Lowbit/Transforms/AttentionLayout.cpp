//===- AttentionLayout.cpp - Which axes are batch, heads, rows ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionLayout.h"

#include "LinalgBuilding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

static Axis getAll(Tracer &tracer, const Term &tensor) {
  return tracer.atoms.getAllLeaves(tensor.axes);
}

static bool hasAll(ArrayRef<unsigned> atoms, ArrayRef<unsigned> wanted) {
  return llvm::all_of(
      wanted, [&](unsigned atom) { return llvm::is_contained(atoms, atom); });
}

/// The view that is moved least, of those that have the atoms `wanted`, and no
/// others but those of `size`, in elements of `type`, if that is not null.
static Term pickView(Tracer &tracer, const MatchedFactor &factor,
                     ArrayRef<unsigned> wanted, Type type) {
  for (const Term &view : llvm::reverse(factor.views)) {
    if (type && getElementTypeOrSelf(view.value) != type)
      continue;
    Axis atoms = getAll(tracer, view);
    if (atoms.size() == wanted.size() && hasAll(atoms, wanted))
      return view;
  }
  return {};
}

static Axis join(std::initializer_list<Axis> parts) {
  Axis all;
  for (const Axis &part : parts)
    all.append(part.begin(), part.end());
  return all;
}

std::optional<std::pair<Value, int64_t>>
lowbit::findAtom(Tracer &tracer, ArrayRef<Term> tensors, unsigned atom) {
  for (const Term &tensor : tensors)
    for (auto [place, axis] : llvm::enumerate(tensor.axes)) {
      Axis leaves = tracer.atoms.getLeaves(axis);
      bool isOnlyUnknown = llvm::all_of(leaves, [&](unsigned other) {
        return other == atom ||
               !ShapedType::isDynamic(tracer.atoms.getSize(other));
      });
      if (llvm::is_contained(leaves, atom) && isOnlyUnknown)
        return std::pair{tensor.value, static_cast<int64_t>(place)};
    }
  return std::nullopt;
}

std::optional<AttentionLayout>
AttentionLayout::get(Tracer &tracer, const MatchedAttention &match,
                     std::string &reason) {
  Atoms &atoms = tracer.atoms;
  auto isKnown = [&](unsigned atom) {
    return !ShapedType::isDynamic(atoms.getSize(atom));
  };
  AttentionLayout layout;
  layout.keys = atoms.getLeaves(match.keys);
  layout.size = atoms.getLeaves(match.size);
  layout.valueSize = atoms.getLeaves(match.valueSize);
  Axis inKey = getAll(tracer, match.key.views.back());
  Axis inValue = getAll(tracer, match.value.views.back());

  // The rows of the result, in its order: what only queries have are queries
  // and, if there are more, heads that share keys.
  Axis shared, own;
  for (unsigned atom : atoms.getAllLeaves(match.result.axes))
    if (!llvm::is_contained(layout.valueSize, atom))
      (llvm::is_contained(inKey, atom) || llvm::is_contained(inValue, atom)
           ? shared
           : own)
          .push_back(atom);
  // A group is a number of heads that is known; with one axis it is queries.
  if (!own.empty())
    layout.queries = {own.pop_back_val()};
  if (!llvm::all_of(own, isKnown)) {
    reason = "how many query heads share keys is not known";
    return std::nullopt;
  }
  layout.group = own;
  auto heads = llvm::find_if(llvm::reverse(shared), isKnown);
  if (heads != shared.rend())
    layout.keyHeads = {*heads};
  for (unsigned atom : shared)
    if (!llvm::is_contained(layout.keyHeads, atom))
      layout.batch.push_back(atom);
  if (!llvm::all_of(layout.size, isKnown) ||
      !llvm::all_of(layout.valueSize, isKnown)) {
    reason = "the size of heads is not known";
    return std::nullopt;
  }

  // In the type of the result, if there is such, else as they come.
  auto pickViews = [&](Type type) {
    layout.query = pickView(tracer, match.query,
                            join({layout.batch, layout.keyHeads, layout.group,
                                  layout.queries, layout.size}),
                            type);
    layout.key = pickView(
        tracer, match.key,
        join({layout.batch, layout.keyHeads, layout.keys, layout.size}), type);
    layout.value = pickView(
        tracer, match.value,
        join({layout.batch, layout.keyHeads, layout.keys, layout.valueSize}),
        type);
    return layout.query && layout.key && layout.value;
  };
  layout.rounded =
      match.rounding &&
      pickViews(getElementTypeOrSelf(match.rounding->getResult(0)));
  Type type = getElementTypeOrSelf(match.result.value);
  if (!layout.rounded && !pickViews(type)) {
    if (!pickViews(nullptr)) {
      reason = "query, key and value do not share the axes of batch and heads";
      return std::nullopt;
    }
    llvm::raw_string_ostream(reason)
        << "query, key, value and result have several element types: query "
        << getElementTypeOrSelf(layout.query.value) << ", key "
        << getElementTypeOrSelf(layout.key.value) << ", value "
        << getElementTypeOrSelf(layout.value.value) << ", result "
        << (match.rounding ? getElementTypeOrSelf(match.rounding->getResult(0))
                           : type);
    return std::nullopt;
  }
  // Sizes that are not known are read off these three.
  for (unsigned atom : join({layout.batch, layout.queries, layout.keys}))
    if (!isKnown(atom) &&
        !findAtom(tracer, {layout.query, layout.key, layout.value}, atom)) {
      reason = "sizes of the axes that reshapes join are not known";
      return std::nullopt;
    }

  layout.joined =
      getAll(tracer, layout.query) ==
          join({layout.batch, layout.queries, layout.keyHeads, layout.group,
                layout.size}) &&
      getAll(tracer, layout.key) ==
          join({layout.batch, layout.keys, layout.keyHeads, layout.size}) &&
      getAll(tracer, layout.value) ==
          join({layout.batch, layout.keys, layout.keyHeads, layout.valueSize});
  return layout;
}

//===----------------------------------------------------------------------===//
// AxisBuilder
//===----------------------------------------------------------------------===//

OpFoldResult AxisBuilder::getSize(unsigned atom) {
  int64_t size = tracer.atoms.getSize(atom);
  if (!ShapedType::isDynamic(size))
    return b.getIndexAttr(size);
  auto found = findAtom(tracer, known, atom);
  assert(found && "the layout has checked that it can be found");
  auto [tensor, place] = *found;
  int64_t others = 1;
  for (const Term &term : known)
    if (term.value == tensor)
      for (unsigned other : tracer.atoms.getLeaves(term.axes[place]))
        if (other != atom)
          others *= tracer.atoms.getSize(other);
  OpFoldResult whole = tensor::getMixedSize(b, b.getLoc(), tensor, place);
  return emitSize(b, b.getAffineDimExpr(0).floorDiv(others), {whole});
}

/// Groups of neighbours such that each has one axis that is not empty; all axes
/// in one group if all are empty, no group if there are no axes.
static SmallVector<ReassociationIndices> groupEmpty(ArrayRef<Axis> axes) {
  SmallVector<ReassociationIndices> groups;
  bool isFull = true;
  for (auto [place, axis] : llvm::enumerate(axes)) {
    if (groups.empty() || (!axis.empty() && isFull)) {
      groups.emplace_back();
      isFull = false;
    }
    groups.back().push_back(place);
    isFull |= !axis.empty();
  }
  return groups;
}

Value AxisBuilder::reshape(const Term &tensor, ArrayRef<Axis> target) {
  Value value = tensor.value;
  // Without axes of size 1.
  SmallVector<Axis> axes, wanted;
  for (const Axis &axis : tensor.axes)
    axes.push_back(tracer.atoms.getLeaves(axis));
  for (const Axis &axis : target)
    wanted.push_back(tracer.atoms.getLeaves(axis));
  if (axes == wanted)
    return value;
  Axis flat = tracer.atoms.getAllLeaves(tensor.axes);
  Axis order = tracer.atoms.getAllLeaves(target);
  auto isEmpty = [](const Axis &axis) { return axis.empty(); };
  if (llvm::any_of(axes, isEmpty)) {
    SmallVector<ReassociationIndices> groups =
        flat.empty() ? SmallVector<ReassociationIndices>() : groupEmpty(axes);
    value = tensor::CollapseShapeOp::create(b, value, groups);
    llvm::erase_if(axes, isEmpty);
  }
  // An axis for each atom, in order.
  if (axes.size() != flat.size()) {
    SmallVector<ReassociationIndices> groups;
    SmallVector<OpFoldResult> sizes;
    int64_t next = 0;
    for (const Axis &axis : axes) {
      groups.emplace_back();
      for (unsigned atom : axis) {
        groups.back().push_back(next++);
        sizes.push_back(getSize(atom));
      }
    }
    value = buildExpand(b, value, groups, sizes);
  }
  if (flat != order) {
    SmallVector<int64_t> permutation;
    for (unsigned atom : order)
      permutation.push_back(llvm::find(flat, atom) - flat.begin());
    value = buildTranspose(b, value, permutation);
  }
  // Joined again, and with axes of size 1.
  if (llvm::any_of(wanted, [](const Axis &axis) { return axis.size() > 1; })) {
    SmallVector<ReassociationIndices> groups;
    int64_t next = 0;
    for (const Axis &axis : wanted)
      if (!axis.empty()) {
        groups.emplace_back();
        for (size_t i = 0; i < axis.size(); ++i)
          groups.back().push_back(next++);
      }
    value = tensor::CollapseShapeOp::create(b, value, groups);
  }
  if (!llvm::any_of(wanted, isEmpty))
    return value;
  SmallVector<OpFoldResult> sizes;
  SmallVector<OpFoldResult> full = tensor::getMixedSizes(b, b.getLoc(), value);
  auto nextFull = full.begin();
  for (const Axis &axis : wanted)
    sizes.push_back(axis.empty() ? OpFoldResult(b.getIndexAttr(1))
                                 : *nextFull++);
  SmallVector<ReassociationIndices> groups =
      flat.empty() ? SmallVector<ReassociationIndices>() : groupEmpty(wanted);
  return buildExpand(b, value, groups, sizes);
}
