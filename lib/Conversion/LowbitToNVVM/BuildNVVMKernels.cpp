//===- BuildNVVMKernels.cpp - Bodies of declared NVVM kernels -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches GPU modules that carry the spec of a kernel, and declared functions
// that carry that of a launch. Makes the kernel in the module, for the chip of
// the spec; the body of the function, and a module with its kernel. Leaves all
// others.
//
//===----------------------------------------------------------------------===//

#include "AttentionLaunch.h"
#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
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

static LogicalResult build(func::FuncOp function, Attribute attribute,
                           SymbolTable &symbols) {
  std::string error;
  std::optional<nvvm::AttentionLaunch> launch =
      nvvm::AttentionLaunch::fromAttribute(attribute, error);
  auto name = nvvm::AttentionLaunch::attrName;
  if (!launch)
    return function.emitError("'")
           << name << "' is not that of a launch: " << error;
  if (std::string misfit = launch->spec.getMisfit(); !misfit.empty())
    return function.emitError("there is no such kernel: ") << misfit;
  OpBuilder builder(function.getContext());
  FunctionType type = launch->getType(builder);
  if (function.getFunctionType() != type)
    return function.emitError("has type ")
           << function.getFunctionType() << ", but its '" << name << "' needs "
           << type;
  function->removeAttr(name);
  return nvvm::buildLaunch(function, *launch, symbols);
}

namespace {

struct BuildNVVMKernelsPass final
    : lowbit::impl::BuildNVVMKernelsPassBase<BuildNVVMKernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>())
      if (module->hasAttr(nvvm::kernelAttrName) && failed(build(module)))
        return signalPassFailure();
    SymbolTable symbols(getOperation());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (Attribute launch = function->getAttr(nvvm::AttentionLaunch::attrName);
          launch && function.isExternal() &&
          failed(build(function, launch, symbols)))
        return signalPassFailure();
  }
};

} // namespace
