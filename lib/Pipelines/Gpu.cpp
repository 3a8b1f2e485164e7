//===- Gpu.cpp - Pipelines for kernels of GPUs ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace lowbit;
using namespace mlir;

void lowbit::buildLowerNVVMKernelsPipeline(OpPassManager &pm) {
  OpPassManager &modules = pm.nest<gpu::GPUModuleOp>();
  modules.addPass(createCanonicalizerPass());
  modules.addPass(createCSEPass());
  modules.addPass(createSCFToControlFlowPass());
  // The pass of cf alone takes only modules of the host.
  ConvertToLLVMPassOptions rest;
  rest.filterDialects = {"arith", "cf"};
  modules.addPass(createConvertToLLVMPass(rest));
  modules.addPass(createReconcileUnrealizedCastsPass());
}

void lowbit::buildSerializeNVVMKernelsPipeline(
    OpPassManager &pm, const SerializeNVVMKernelsOptions &options) {
  buildLowerNVVMKernelsPipeline(pm);
  OpPassManager &modules = pm.nest<gpu::GPUModuleOp>();
  modules.addPass(createVerifyNVVMPass());
  // What NVVM has no intrinsic for becomes PTX text.
  modules.addPass(createConvertNVVMToLLVMPass());
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = options.format;
  binary.toolkitPath = options.toolkit;
  pm.addPass(createGpuModuleToBinaryPass(binary));
}
