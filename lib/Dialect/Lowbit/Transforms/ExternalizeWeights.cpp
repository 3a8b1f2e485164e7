//===- ExternalizeWeights.cpp - Constants to a weights file ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches `arith.constant` of a dense tensor or resource, and immutable
// `ml_program.global`s that hold one, of at least `min-elements` elements.
// Makes external globals of them and a weights file with their values (and
// those of the weights that are external already). Leaves splats, which are as
// short as their name, and element types that safetensors does not have.
//
//===----------------------------------------------------------------------===//

#include "ConstantBytes.h"
#include "ExternalWeights.h"
#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "llvm/ADT/MapVector.h"

namespace lowbit {
#define GEN_PASS_DEF_EXTERNALIZEWEIGHTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalLoadConstOp;
using ml_program::GlobalOp;

namespace {
/// One value that moves out; the same value may be written several times.
struct MovedConstant {
  std::string name;
  SmallVector<arith::ConstantOp> constants;
};

struct ExternalizeWeightsPass final
    : lowbit::impl::ExternalizeWeightsPassBase<ExternalizeWeightsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  bool moves(Attribute value);
};
} // namespace

/// Whether `value` is big enough, and of a kind that a file can hold.
bool ExternalizeWeightsPass::moves(Attribute value) {
  auto elements = dyn_cast_or_null<ElementsAttr>(value);
  if (!elements || !isa<RankedTensorType>(elements.getType()) ||
      elements.getNumElements() < minElements ||
      elements.getNumElements() == 0 ||
      cast<RankedTensorType>(elements.getType()).getEncoding())
    return false;
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (dense && dense.isSplat())
    return false;
  return ConstantBytes::get(value).has_value();
}

/// The job that writes the elements of `value`.
static void addConstant(WeightsOutput &output, StringRef name,
                        ElementsAttr value) {
  ArrayRef<int64_t> shape = value.getShapedType().getShape();
  output.add({{name.str(),
               *getStoredDType(value.getElementType()),
               {shape.begin(), shape.end()}}},
             [value](StoredSink sink) {
               std::optional<ConstantBytes> constant =
                   ConstantBytes::get(value);
               return sink(0, constant->bytes());
             });
}

void ExternalizeWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  FailureOr<ExternalWeights> stored = ExternalWeights::open(module, weights);
  if (failed(stored))
    return signalPassFailure();

  // Which constants move, and their names, in program order.
  StoredNames names(module);
  unsigned number = 0;
  llvm::MapVector<Attribute, MovedConstant> moved;
  module.walk([&](arith::ConstantOp op) {
    if (!moves(op.getValue()) ||
        SymbolTable::getNearestSymbolTable(op) != module)
      return;
    MovedConstant &constant = moved[op.getValue()];
    if (constant.constants.empty())
      constant.name = names.take(getConstantName(op.getLoc(), number));
    constant.constants.push_back(op);
  });
  SmallVector<GlobalOp> globals =
      llvm::filter_to_vector(module.getOps<GlobalOp>(), [&](GlobalOp global) {
        return !global.getIsMutable() && moves(global.getValueAttr());
      });

  WeightsOutput output;
  for (GlobalOp global : getExternalWeights(module)) {
    FailureOr<const weights::TensorView *> view = stored->find(global);
    if (failed(view))
      return signalPassFailure();
    output.addCopy(*stored, **view);
    if (std::optional<StringRef> base = getBaseOfCodes((*view)->name))
      output.addOrigin(*stored, *base, *base);
  }
  if (stored->getFile())
    output.getMetadata() = stored->getFile()->metadata();
  for (GlobalOp global : globals)
    addConstant(output, global.getSymName(),
                cast<ElementsAttr>(global.getValueAttr()));
  for (auto &[value, constant] : moved)
    addConstant(output, constant.name, cast<ElementsAttr>(value));
  if (failed(stored->verifyOutput(module, outputWeights)) ||
      failed(output.write(module, outputWeights, "externalize weights")))
    return signalPassFailure();

  for (GlobalOp global : globals)
    global.setValueAttr(
        ml_program::ExternAttr::get(&getContext(), global.getType()));
  // All globals come before the first constant goes: it may be the op that they
  // are inserted in front of.
  OpBuilder globalBuilder = OpBuilder::atBlockBegin(module.getBody());
  for (auto &[value, constant] : moved) {
    Type type = cast<ElementsAttr>(value).getType();
    GlobalOp::create(globalBuilder, constant.constants.front().getLoc(),
                     constant.name, type, /*is_mutable=*/false,
                     ml_program::ExternAttr::get(&getContext(), type),
                     globalBuilder.getStringAttr("public"));
  }
  for (auto &[value, constant] : moved)
    for (arith::ConstantOp op : constant.constants) {
      OpBuilder builder(op);
      op.replaceAllUsesWith(
          GlobalLoadConstOp::create(
              builder, op.getLoc(), op.getType(),
              FlatSymbolRefAttr::get(&getContext(), constant.name))
              .getResult());
      op.erase();
    }
}
