//===- InternalizeWeights.cpp - A weights file to resources ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches loads of external weights. Makes constants of them: a
// `dense_resource` that holds the stored bytes, or an inline constant where a
// resource has no use (no elements) or another form (booleans). Their locations
// keep the names of the weights. Leaves mutable globals.
//
//===----------------------------------------------------------------------===//

#include "ConstantBytes.h"
#include "ExternalWeights.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/AsmState.h"
#include "llvm/ADT/MapVector.h"

namespace lowbit {
#define GEN_PASS_DEF_INTERNALIZEWEIGHTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalLoadConstOp;
using ml_program::GlobalOp;

namespace {
struct InternalizeWeightsPass final
    : lowbit::impl::InternalizeWeightsPassBase<InternalizeWeightsPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

static TypedAttr makeConstant(RankedTensorType type,
                              const weights::TensorView &view) {
  if (type.getNumElements() == 0 || type.getElementType().isInteger(1))
    return getDenseConstant(type, view.bytes());
  // Any element type may be read in place from the blob.
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(
      {reinterpret_cast<const char *>(view.data), view.size}, /*align=*/64,
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, view.name, std::move(blob));
}

void InternalizeWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  FailureOr<ExternalWeights> stored = ExternalWeights::open(module, weights);
  if (failed(stored))
    return signalPassFailure();

  llvm::MapVector<Operation *, SmallVector<GlobalLoadConstOp>> loads;
  module.walk([&](GlobalLoadConstOp load) {
    if (GlobalOp global = getLoadedWeight(load, symbols))
      loads[global].push_back(load);
  });
  // All are checked before the first is changed.
  SmallVector<const weights::TensorView *> views;
  for (auto &[global, uses] : loads) {
    FailureOr<const weights::TensorView *> view =
        stored->find(cast<GlobalOp>(global));
    if (failed(view))
      return signalPassFailure();
    views.push_back(*view);
  }
  for (auto [entry, view] : llvm::zip(loads, views)) {
    auto type = cast<RankedTensorType>(cast<GlobalOp>(entry.first).getType());
    TypedAttr value = makeConstant(type, *view);
    stored->release(*view, 0, view->size);
    for (GlobalLoadConstOp load : entry.second) {
      OpBuilder builder(load);
      Location loc =
          NameLoc::get(builder.getStringAttr(view->name), load.getLoc());
      load.replaceAllUsesWith(
          arith::ConstantOp::create(builder, loc, value).getResult());
      load.erase();
    }
  }
  eraseUnusedWeights(module);
}
