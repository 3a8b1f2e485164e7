//===- Lower.cpp - Pipelines to the LLVM dialect --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Kernels/X86/Target.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace lowbit;
using namespace mlir;

/// Tensors to memrefs. Nothing encoded and no global may be left.
static void buildBufferize(OpPassManager &pm) {
  pm.addPass(createGlobalsToArgumentsPass());
  pm.addPass(createVerifyPartsPass());
  // Fused ops share loops; what fusion leaves unused goes.
  pm.addNestedPass<func::FuncOp>(createLinalgElementwiseOpFusionPass());
  pm.addNestedPass<func::FuncOp>(createLinalgFoldUnitExtentDimsPass());
  pm.addNestedPass<func::FuncOp>(createLinalgElementwiseOpFusionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  bufferization::BufferDeallocationPipelineOptions deallocation;
  bufferization::buildBufferDeallocationPipeline(pm, deallocation);
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// Loops on memrefs to the LLVM dialect.
static void buildToLlvm(OpPassManager &pm) {
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertSCFToOpenMPPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createConvertOpenMPToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void lowbit::buildLowerToX86Pipeline(OpPassManager &pm,
                                     const LowerToX86Options &options) {
  pm.addPass(createVerifyEncodedPass());
  pm.addNestedPass<func::FuncOp>(createNormalizeContractionsPass());
  pm.addPass(createConvertLowbitToX86({options.isa, options.failOnFallback}));
  // What has no kernel computes on decoded tensors.
  pm.addNestedPass<func::FuncOp>(createDecodePass());
  pm.addPass(createToPartsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  buildBufferize(pm);
  int64_t lanes = x86::Target::get(options.isa)
                      .value_or(x86::Target{x86::Isa::SSE2})
                      .lanes();
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToVectorLoops({lanes}));
  pm.addNestedPass<func::FuncOp>(math::createMathExpandOpsPass());
  pm.addNestedPass<func::FuncOp>(createExpandMath());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  buildToLlvm(pm);
}

void lowbit::buildLowerToReferencePipeline(
    OpPassManager &pm, const LowerToReferenceOptions &options) {
  pm.addPass(createVerifyEncodedPass());
  if (options.integer)
    pm.addNestedPass<func::FuncOp>(createToIntegerPass());
  else
    pm.addNestedPass<func::FuncOp>(createDecodePass());
  pm.addPass(createToPartsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  buildBufferize(pm);
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  buildToLlvm(pm);
}

void lowbit::registerPipelines() {
  PassPipelineRegistration<QuantizeOptions>(
      "lowbit-quantize",
      "Quantize a model: normalize, name, assign, encode and materialize",
      buildQuantizePipeline);
  PassPipelineRegistration<LowerToX86Options>(
      "lowbit-lower-to-x86",
      "Lower a model to the LLVM dialect with generated x86 kernels",
      buildLowerToX86Pipeline);
  PassPipelineRegistration<LowerToReferenceOptions>(
      "lowbit-lower-to-reference",
      "Lower a model to the LLVM dialect by a reference lowering",
      buildLowerToReferencePipeline);
}
