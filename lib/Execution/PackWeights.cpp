//===- PackWeights.cpp - Weights as kernels want them ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackWeights.h"

#include "RunPasses.h"
#include "TemporaryFile.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

/// The global of a part that lies in the weights file, seen in whatever shape
/// and order; else null.
static ml_program::GlobalOp getGlobal(Value part, ModuleOp module) {
  Operation *op = part.getDefiningOp();
  while (isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
                         linalg::TransposeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  auto load = dyn_cast_or_null<ml_program::GlobalLoadConstOp>(op);
  return load ? module.lookupSymbol<ml_program::GlobalOp>(
                    load.getGlobal().getLeafReference())
              : nullptr;
}

namespace {
/// What there is to pack of the weights that matrix products read.
struct Rows {
  bool any = false, areStored = false;

  explicit Rows(ModuleOp module) {
    module.walk([&](linalg::MatmulOp matmul) {
      Value weight = matmul.getDpsInputOperand(1)->get();
      auto assemble = weight.getDefiningOp<AssembleOp>();
      if (assemble && isa<RowsAttr>(assemble.getEncoding().getLayout())) {
        any = true;
        areStored |= llvm::any_of(assemble.getParts(), [&](Value part) {
          return bool(getGlobal(part, module));
        });
      } else if (!getEncoding(weight.getType())) {
        ml_program::GlobalOp global = getGlobal(weight, module);
        if (global && !global->hasAttr(kGivenAttr))
          any = areStored = true;
      }
    });
  }
};
} // namespace

llvm::Error lowbit::verifyWeights(ModuleOp module, const std::string &path) {
  return runPasses(module, [&](OpPassManager &pm) {
    VerifyStoredPartsPassOptions verify;
    verify.weights = path;
    pm.addPass(createVerifyStoredPartsPass(verify));
  });
}

llvm::Expected<std::optional<weights::WeightsFile>>
lowbit::packWeights(ModuleOp module, const std::string &path,
                    const x86::Target &target,
                    llvm::ArrayRef<std::string> given) {
  for (const std::string &name : given)
    if (auto global = module.lookupSymbol<ml_program::GlobalOp>(name))
      global->setAttr(kGivenAttr, UnitAttr::get(module.getContext()));
  if (llvm::Error error = runPasses(module, [](OpPassManager &pm) {
        pm.addNestedPass<func::FuncOp>(createNormalizeContractionsPass());
        pm.addNestedPass<func::FuncOp>(createConvolutionsToMatmulsPass());
      }))
    return error;
  Rows rows(module);
  if (!rows.any)
    return std::nullopt;
  TemporaryFile file;
  if (rows.areStored) {
    llvm::Expected<TemporaryFile> created =
        TemporaryFile::create("packed weights");
    if (!created)
      return created.takeError();
    file = std::move(*created);
  }
  if (llvm::Error error = runPasses(module, [&](OpPassManager &pm) {
        PackPassOptions pack;
        pack.weights = path;
        pack.outputWeights = file.getPath();
        pack.columns = target.columns();
        pack.integerStep = target.integerStep();
        pack.packedOnly = true;
        pm.addPass(createPackPass(pack));
      }))
    return error;
  if (!rows.areStored)
    return std::nullopt;
  auto opened = weights::WeightsFile::open(file.getPath());
  if (!opened)
    return llvm::createStringError(opened.message());
  return std::move(*opened);
}
