//===- VerifyNVVM.cpp - Check of what is compiled for a GPU ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches the ops of GPU modules. Fails at the first for which LLVM's NVPTX
// back end has no code: it would abort the process. Changes nothing.

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Kernels/NVVM/Target.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Intrinsics.h"

namespace lowbit {
#define GEN_PASS_DEF_VERIFYNVVMPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Intrinsics without a library behind them, as LLVM 22 compiles them for
/// NVPTX. Logarithms, powers and exp are none of them.
static bool hasCode(StringRef intrinsic) {
  static const llvm::StringSet<> names = {"abs",
                                          "assume",
                                          "bitreverse",
                                          "bswap",
                                          "ceil",
                                          "copysign",
                                          "ctlz",
                                          "ctpop",
                                          "cttz",
                                          "exp2",
                                          "experimental.noalias.scope.decl",
                                          "fabs",
                                          "floor",
                                          "fma",
                                          "fmuladd",
                                          "fshl",
                                          "fshr",
                                          "lifetime.end",
                                          "lifetime.start",
                                          "maximum",
                                          "maxnum",
                                          "memcpy",
                                          "memset",
                                          "minimum",
                                          "minnum",
                                          "nearbyint",
                                          "rint",
                                          "roundeven",
                                          "sadd.sat",
                                          "smax",
                                          "smin",
                                          "sqrt",
                                          "ssub.sat",
                                          "trunc",
                                          "uadd.sat",
                                          "umax",
                                          "umin",
                                          "usub.sat"};
  return names.contains(intrinsic);
}

static LogicalResult verifyTarget(gpu::GPUModuleOp module) {
  ArrayAttr targets = module.getTargetsAttr();
  if (!targets || targets.empty())
    return module.emitError("has no target; nvvm-attach-target sets one");
  for (Attribute attribute : targets) {
    auto target = dyn_cast<NVVM::NVVMTargetAttr>(attribute);
    if (target && !nvvm::Target::get(target.getChip()))
      return module.emitError(nvvm::Target::getUnknownText(target.getChip()));
  }
  return success();
}

static LogicalResult verifyOp(Operation *op) {
  if (!isa_and_nonnull<LLVM::LLVMDialect, NVVM::NVVMDialect, gpu::GPUDialect>(
          op->getDialect()))
    return op->emitError("'") << op->getName()
                              << "' has no lowering to NVVM; "
                                 "lowbit-lower-nvvm-kernels lowers arith, scf "
                                 "and cf";
  StringRef name = op->getName().getStringRef();
  if (name.consume_front("llvm.intr.") && !hasCode(name))
    return op->emitError("'llvm.intr.")
           << name
           << "' has no code on NVIDIA GPUs; use the NVVM intrinsic of an "
              "approximation, or a function of libdevice";
  if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op))
    if (StringRef intrinsic = call.getIntrin();
        llvm::Intrinsic::lookupIntrinsicID(intrinsic) ==
        llvm::Intrinsic::not_intrinsic)
      return op->emitError("there is no intrinsic '") << intrinsic << "'";
  return success();
}

namespace {

struct VerifyNVVMPass final : lowbit::impl::VerifyNVVMPassBase<VerifyNVVMPass> {
  using Base::Base;

  void runOnOperation() override {
    gpu::GPUModuleOp module = getOperation();
    auto verify = [&](Operation *op) {
      return failed(verifyOp(op)) ? WalkResult::interrupt()
                                  : WalkResult::advance();
    };
    markAllAnalysesPreserved();
    if (failed(verifyTarget(module)) ||
        module.walk<WalkOrder::PreOrder>(verify).wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
