//===- VerifyStoredParts.cpp - Numbers that no part may hold --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches lowbit.assemble of parts whose values are known: constants, immutable
// globals with a value, and tensors of the file `weights`. Reports numbers that
// no part may hold (C184). A part that is computed or an argument is left
// alone, and so is one that the file does not hold as the module has it, which
// whoever reads it reports. Nothing is changed.
//
//===----------------------------------------------------------------------===//

#include "StoredParts.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"

namespace lowbit {
#define GEN_PASS_DEF_VERIFYSTOREDPARTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
struct VerifyStoredPartsPass final
    : lowbit::impl::VerifyStoredPartsPassBase<VerifyStoredPartsPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult verify(AssembleOp op, PartKind kind, Value part,
                       const SymbolTable &symbols, const ExternalWeights &file);

  /// Those that have been verified: what several assembles share is read once.
  llvm::DenseSet<std::pair<const void *, const void *>> seen;
};
} // namespace

LogicalResult VerifyStoredPartsPass::verify(AssembleOp op, PartKind kind,
                                            Value part,
                                            const SymbolTable &symbols,
                                            const ExternalWeights &file) {
  const void *type = op.getResult().getType().getAsOpaquePointer();
  if (ml_program::GlobalOp global = getLoadedWeight(part, symbols)) {
    if (!file.getFile() || !seen.insert({global.getOperation(), type}).second)
      return success();
    const weights::TensorView *view = file.getFile()->find(global.getSymName());
    auto expected = cast<RankedTensorType>(global.getType());
    if (!view || ArrayRef<int64_t>(view->shape) != expected.getShape() ||
        !isStoredAs(expected.getElementType(), view->dtype))
      return success();
    return verifyNumbers(op, kind, view->shape, view->bytes(),
                         file.getFile()->path() + ": tensor '" + view->name +
                             "'");
  }
  ElementsAttr constant;
  if (ml_program::GlobalOp holder = getLoadedConstant(part, symbols))
    constant = cast<ElementsAttr>(*holder.getValue());
  else if (!matchPattern(part, m_Constant(&constant)))
    return success();
  if (!seen.insert({Attribute(constant).getAsOpaquePointer(), type}).second)
    return success();
  std::optional<ConstantBytes> bytes = ConstantBytes::get(constant);
  if (!bytes)
    return success();
  return verifyNumbers(op, kind, constant.getShapedType().getShape(),
                       bytes->bytes());
}

void VerifyStoredPartsPass::runOnOperation() {
  ModuleOp module = getOperation();
  seen.clear();
  FailureOr<ExternalWeights> file =
      ExternalWeights::openOptional(module, weights);
  if (failed(file))
    return signalPassFailure();
  SymbolTable symbols(module);
  // One run reports everything.
  bool isWrong = false;
  module.walk([&](AssembleOp op) {
    for (auto [kind, part] :
         llvm::zip(op.getEncoding().getPartKinds(), op.getParts()))
      isWrong |= failed(verify(op, kind, part, symbols, *file));
  });
  if (isWrong)
    return signalPassFailure();
  markAllAnalysesPreserved();
}
