//===- Gpu.cpp - Pipelines for kernels of GPUs ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Kernels/X86/Target.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
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
  modules.addPass(createVerifyNVVMPass({options.ptx}));
  // What NVVM has no intrinsic for becomes PTX text.
  modules.addPass(createConvertNVVMToLLVMPass());
  pm.addPass(
      createCompileNVVMPass({options.format, options.toolkit, options.compiler,
                             options.ptx, options.outputKernels}));
  pm.addPass(createStripCompileTimesPass());
}

void lowbit::buildNVVMCallsStage(OpPassManager &pm,
                                 const LowerToNVVMOptions &options) {
  // What importers write for attention, unless it has been raised before.
  buildNamedLayersStage(pm);
  ConvertLowbitToNVVMOptions convert;
  convert.chip = options.chip;
  convert.element = options.element;
  convert.fallback = options.fallback;
  pm.addPass(createConvertLowbitToNVVM(convert));
}

void lowbit::buildNVVMKernelsStage(OpPassManager &pm,
                                   const LowerToNVVMOptions &options) {
  pm.addPass(createBuildNVVMKernelsPass());
  if (options.device == GpuDevice::Cuda) {
    // PTX by default, which every driver compiles for the GPU that it finds.
    SerializeNVVMKernelsOptions serialize;
    serialize.format = options.format;
    serialize.ptx = options.ptx;
    serialize.toolkit = options.toolkit;
    serialize.outputKernels = options.outputKernels;
    buildSerializeNVVMKernelsPipeline(pm, serialize);
    return;
  }
  buildLowerNVVMKernelsPipeline(pm);
  // The emulator knows no chip: what it runs must be what the chip has.
  pm.nest<gpu::GPUModuleOp>().addPass(createVerifyNVVMPass());
  pm.addPass(createConvertNVVMToSimt());
}

void lowbit::buildLowerToNVVMPipeline(OpPassManager &pm,
                                      const LowerToNVVMOptions &options) {
  buildNVVMCallsStage(pm, options);
  LowerToX86Options rest;
  rest.isa = options.isa;
  buildX86PartsStage(pm, rest);
  buildBufferizeStage(pm);
  // An unknown name is reported by the conversion to kernels.
  x86::Target target =
      x86::Target::get(options.isa).value_or(x86::Target{x86::Isa::SSE2});
  buildX86RowsStage(pm, target);
  buildNVVMKernelsStage(pm, options);
  buildX86LoopsStage(pm, target);
  buildLlvmStage(pm, /*hasLaunches=*/true);
}
