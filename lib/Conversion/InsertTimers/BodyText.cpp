//===- BodyText.cpp - What a linalg op computes, in words -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BodyText.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace lowbit;
using namespace mlir;

/// More are not read; fused bodies may have hundreds.
static constexpr size_t mostNames = 8;

/// What a body without ops does.
static StringRef getMoveText(linalg::LinalgOp op) {
  if (llvm::none_of(op.getDpsInputs(), [](Value input) {
        return isa<ShapedType>(input.getType());
      }))
    return "fill";
  return llvm::all_of(op.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isIdentity(); })
             ? "copy"
             : "move";
}

static void addNames(linalg::LinalgOp op, llvm::SetVector<StringRef> &names) {
  op.getBlock()->walk([&](Operation *inner) {
    if (isa<memref::LoadOp>(inner))
      names.insert("gather");
    else if (!inner->hasTrait<OpTrait::IsTerminator>() &&
             !inner->hasTrait<OpTrait::ConstantLike>() &&
             !isa<linalg::IndexOp, arith::IndexCastOp>(inner))
      names.insert(inner->getName().stripDialect());
  });
}

static std::string list(const llvm::SetVector<StringRef> &names) {
  ArrayRef<StringRef> listed = names.getArrayRef().take_front(mostNames);
  std::string text = llvm::join(listed, ", ");
  if (listed.size() < names.size())
    text += ", ...";
  return text;
}

static std::string countReductions(unsigned reductions) {
  if (reductions == 0)
    return "";
  return " (" + std::to_string(reductions) +
         (reductions == 1 ? " reduction)" : " reductions)");
}

std::string lowbit::getBodyText(linalg::LinalgOp op) {
  llvm::SetVector<StringRef> names;
  addNames(op, names);
  std::string text = names.empty() ? getMoveText(op).str() : list(names);
  return text + countReductions(op.getNumReductionLoops());
}

std::string lowbit::getLoopText(Operation *loop) {
  llvm::SetVector<StringRef> names;
  unsigned reductions = 0;
  loop->walk([&](linalg::LinalgOp op) {
    addNames(op, names);
    reductions += op.getNumReductionLoops();
  });
  return list(names) + countReductions(reductions);
}
