//===- VerifyLlvm.cpp - Nothing is left that LLVM lacks -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches every op that is of neither the LLVM nor the OpenMP dialect, which
// are what is translated. Fails at the first, in the order of the module; at a
// cast only if there is nothing but casts, since it stands around what was
// left. Changes nothing.

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace lowbit {
#define GEN_PASS_DEF_VERIFYLLVMPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace mlir;

namespace {

struct VerifyLlvmPass final : lowbit::impl::VerifyLlvmPassBase<VerifyLlvmPass> {
  using Base::Base;

  void runOnOperation() override {
    Operation *left = nullptr, *cast = nullptr;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      Dialect *dialect = op->getDialect();
      if (isa<ModuleOp>(op) ||
          isa_and_nonnull<LLVM::LLVMDialect, omp::OpenMPDialect>(dialect))
        return WalkResult::advance();
      // Launches of kernels, and what is launched, are translated with them.
      if (isa<gpu::BinaryOp, gpu::LaunchFuncOp>(op))
        return WalkResult::advance();
      if (isa<UnrealizedConversionCastOp>(op)) {
        cast = cast ? cast : op;
        return WalkResult::advance();
      }
      left = op;
      return WalkResult::interrupt();
    });
    markAllAnalysesPreserved();
    if (Operation *op = left ? left : cast) {
      op->emitError("'") << op->getName()
                         << "' has no lowering to LLVM; write it as ops of "
                            "linalg, tensor, arith and math that have";
      signalPassFailure();
    }
  }
};

} // namespace
