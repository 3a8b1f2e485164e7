//===- BuildNVVMKernels.cpp - Bodies of declared NVVM kernels -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches GPU modules that carry the spec of a kernel. Makes the kernel in
// them, for the chip of the spec. Leaves all other modules.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Kernels/NVVM/Attention.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace lowbit {
#define GEN_PASS_DEF_BUILDNVVMKERNELSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static LogicalResult build(gpu::GPUModuleOp module) {
  Attribute attribute = module->getAttr(nvvm::kernelAttrName);
  std::string error;
  std::optional<nvvm::AttentionSpec> spec =
      nvvm::AttentionSpec::fromAttribute(attribute, error);
  if (!spec)
    return module.emitError("'")
           << nvvm::kernelAttrName
           << "' is not the spec of an NVVM kernel: " << error;
  if (std::string misfit = spec->getMisfit(); !misfit.empty())
    return module.emitError("there is no such kernel: ") << misfit;
  llvm::Expected<nvvm::AttentionPlan> plan = nvvm::AttentionPlan::get(*spec);
  if (!plan)
    return module.emitError("there is no such kernel: ")
           << llvm::toString(plan.takeError());
  nvvm::buildAttention(module, *spec, *plan);
  if (spec->splitKeys)
    nvvm::buildCombine(module, *spec);
  module->removeAttr(nvvm::kernelAttrName);
  return success();
}

namespace {

struct BuildNVVMKernelsPass final
    : lowbit::impl::BuildNVVMKernelsPassBase<BuildNVVMKernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>())
      if (module->hasAttr(nvvm::kernelAttrName) && failed(build(module)))
        return signalPassFailure();
  }
};

} // namespace
