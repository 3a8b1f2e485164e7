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
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

/// The weights in rows that matrix products read.
static SmallVector<AssembleOp> findRows(ModuleOp module) {
  SmallVector<AssembleOp> rows;
  module.walk([&](AssembleOp assemble) {
    bool isWeight = llvm::any_of(assemble->getUses(), [](OpOperand &use) {
      return isa<linalg::MatmulOp>(use.getOwner()) &&
             use.getOperandNumber() == 1;
    });
    if (isWeight && isa<RowsAttr>(assemble.getEncoding().getLayout()))
      rows.push_back(assemble);
  });
  return rows;
}

/// Whether a part lies in the weights file, seen in whatever shape and order.
static bool isStored(Value part) {
  Operation *op = part.getDefiningOp();
  while (isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
                         linalg::TransposeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<ml_program::GlobalLoadConstOp>(op);
}

llvm::Error lowbit::verifyWeights(ModuleOp module, const std::string &path) {
  return runPasses(module, [&](OpPassManager &pm) {
    VerifyStoredPartsPassOptions verify;
    verify.weights = path;
    pm.addPass(createVerifyStoredPartsPass(verify));
  });
}

llvm::Expected<std::optional<weights::WeightsFile>>
lowbit::packWeights(ModuleOp module, const std::string &path,
                    const x86::Target &target) {
  if (llvm::Error error = runPasses(module, [](OpPassManager &pm) {
        pm.addNestedPass<func::FuncOp>(createNormalizeContractionsPass());
        pm.addNestedPass<func::FuncOp>(createConvolutionsToMatmulsPass());
      }))
    return error;
  SmallVector<AssembleOp> rows = findRows(module);
  if (rows.empty())
    return std::nullopt;
  bool areStored = llvm::any_of(rows, [](AssembleOp assemble) {
    return llvm::any_of(assemble.getParts(), isStored);
  });
  TemporaryFile file;
  if (areStored) {
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
  if (!areStored)
    return std::nullopt;
  auto opened = weights::WeightsFile::open(file.getPath());
  if (!opened)
    return llvm::createStringError(opened.message());
  return std::move(*opened);
}
