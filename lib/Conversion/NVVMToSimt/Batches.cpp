//===- Batches.cpp - Collectives that lanes do at one meeting -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches products and loads of matrices of one block, of which none needs the
// result of another of its kind. Moves each kind together, down to the first op
// that needs one of them; loads only as far as no other op touches memory, and
// before the products. What takes results apart moves along. Lanes then meet
// once for all: most of the emulator's time is the way from lane to lane.
// Leaves the order of all else, so what is found is what was found before.
//
//===----------------------------------------------------------------------===//

#include "ConvertOps.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace lowbit;
using namespace mlir;

namespace {

/// Ops that are to be done together, and those that take their results apart.
struct Group {
  SmallVector<Operation *> ops, followers;

  bool feeds(Operation &op) const {
    return llvm::any_of(op.getOperands(), [&](Value operand) {
      Operation *source = operand.getDefiningOp();
      return source && (llvm::is_contained(ops, source) ||
                        llvm::is_contained(followers, source));
    });
  }
  /// Whether `op` does the same as the others, to other operands.
  bool takes(Operation &op) const {
    return ops.empty() ||
           (op.getName() == ops.front()->getName() &&
            op.getAttrDictionary() == ops.front()->getAttrDictionary() &&
            op.getOperandTypes() == ops.front()->getOperandTypes());
  }
};

class Gatherer {
public:
  explicit Gatherer(SmallVectorImpl<SmallVector<Operation *>> &batches)
      : batches(batches) {}

  void visit(Operation &op);

private:
  void join(Group &group, Operation &op);
  void close(Group &group, Operation *before);

  SmallVectorImpl<SmallVector<Operation *>> &batches;
  /// Products may need loads, and then follow them.
  Group loads, products;
};

} // namespace

void Gatherer::close(Group &group, Operation *before) {
  if (&group == &products)
    close(loads, before);
  for (Operation *op : group.ops)
    op->moveBefore(before);
  for (Operation *op : group.followers)
    op->moveBefore(before);
  if (group.ops.size() > 1)
    batches.push_back(group.ops);
  group = {};
}

void Gatherer::join(Group &group, Operation &op) {
  if (!group.takes(op))
    close(group, &op);
  group.ops.push_back(&op);
  if (group.ops.size() == SimtCalls::mostParts)
    close(group, op.getNextNode());
}

void Gatherer::visit(Operation &op) {
  if (isa<LLVM::ExtractValueOp, LLVM::BitcastOp>(op)) {
    for (Group *group : {&products, &loads})
      if (group->feeds(op))
        return group->followers.push_back(&op);
    return;
  }
  if (products.feeds(op) || op.hasTrait<OpTrait::IsTerminator>())
    close(products, &op);
  if (isa<NVVM::MmaOp, NVVM::MmaSpOp>(op))
    return join(products, op);
  bool isLoad = isa<NVVM::LdMatrixOp>(op);
  if (loads.feeds(op) || (!isLoad && !isMemoryEffectFree(&op)))
    close(loads, &op);
  if (isLoad)
    join(loads, op);
}

SmallVector<SmallVector<Operation *>> lowbit::gatherBatches(Block &block) {
  SmallVector<SmallVector<Operation *>> batches;
  Gatherer gatherer(batches);
  for (Operation &op : llvm::make_early_inc_range(block))
    gatherer.visit(op);
  return batches;
}
