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
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace lowbit;
using namespace mlir;

void lowbit::buildBufferizeStage(OpPassManager &pm) {
  // Elementwise ops on tensors, as arith.addf, are loops like all others.
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  // Transposes and broadcasts are named; as generics they fuse too. Fused ops
  // share loops; what fusion leaves unused goes.
  pm.addNestedPass<func::FuncOp>(createLinalgGeneralizeNamedOpsPass());
  pm.addNestedPass<func::FuncOp>(createFuseElementwisePass());
  pm.addNestedPass<func::FuncOp>(createLinalgFoldUnitExtentDimsPass());
  pm.addNestedPass<func::FuncOp>(createFuseElementwisePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createFuseEpiloguesPass());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  // Recurrent layers carry tensors around loops, and not always in place.
  bufferize.allowReturnAllocsFromLoops = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  bufferization::BufferDeallocationPipelineOptions deallocation;
  bufferization::buildBufferDeallocationPipeline(pm, deallocation);
  // A result that is an argument is a clone of it.
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addNestedPass<func::FuncOp>(createConvertCopyToLinalg());
  pm.addNestedPass<func::FuncOp>(createCheckAllocationsPass());
  pm.addNestedPass<func::FuncOp>(createGuardDivisionsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void lowbit::buildX86RowsStage(OpPassManager &pm, const x86::Target &target) {
  FuseRowsPassOptions rows;
  rows.lanes = target.lanes();
  pm.addNestedPass<func::FuncOp>(createFuseRowsPass(rows));
  // Lengths of axes are asked for once.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void lowbit::buildTimersStage(OpPassManager &pm) {
  pm.addPass(createInsertTimersPass());
}

void lowbit::buildLlvmStage(OpPassManager &pm, bool hasLaunches) {
  // Observers become calls before their buffers' types are expanded.
  pm.addPass(createConvertObserveToCalls());
  pm.addPass(createExpandBf16Pass());
  pm.addPass(createExpandReshapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertSCFToOpenMPPass());
  // Nothing in parallel regions uses the stack.
  pm.addPass(createInlineAllocaScopesPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createSCFToControlFlowPass());
  // Calls for the elements of vectors take those out with ops on vectors.
  pm.addPass(createCallLibraryPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  if (hasLaunches)
    pm.addPass(createGpuToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createConvertOpenMPToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createVerifyLlvmPass());
}

/// What models take for granted is checked, here or at run time.
static void buildChecks(OpPassManager &pm) {
  pm.addPass(createVerifyStoredPartsPass());
  pm.addPass(createVerifyEncodedPass());
  // Before what checks the sizes and indices that it makes.
  pm.addNestedPass<func::FuncOp>(createDecomposeAttentionPass());
  pm.addNestedPass<func::FuncOp>(createDecomposeAggregatesPass());
  pm.addNestedPass<func::FuncOp>(createCheckGathersPass());
  pm.addNestedPass<func::FuncOp>(createCheckSizesPass());
}

/// Encoded values to parts and globals to arguments, once contractions that
/// have kernels call them.
static void buildToParts(OpPassManager &pm) {
  pm.addPass(createToPartsPass());
  pm.addPass(createGlobalsToArgumentsPass());
  pm.addPass(createVerifyPartsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void lowbit::buildX86PartsStage(OpPassManager &pm,
                                const LowerToX86Options &options) {
  buildChecks(pm);
  pm.addNestedPass<func::FuncOp>(createNormalizeContractionsPass());
  pm.addNestedPass<func::FuncOp>(createConvolutionsToMatmulsPass());
  ConvertLowbitToX86Options convert;
  convert.isa = options.isa;
  convert.failOnFallback = options.failOnFallback;
  pm.addPass(createConvertLowbitToX86(convert));
  // Integer contractions that have no kernel are loops with the same results,
  // all others compute on a decoded tensor. Gathers decode the elements that
  // they read, not the table.
  ToIntegerPassOptions toInteger;
  toInteger.gathers = false;
  pm.addNestedPass<func::FuncOp>(createToIntegerPass(toInteger));
  buildToParts(pm);
}

void lowbit::buildX86LoopsStage(OpPassManager &pm, const x86::Target &target,
                                bool expandTiles) {
  pm.addPass(createBuildX86KernelsPass());
  if (expandTiles)
    pm.addNestedPass<func::FuncOp>(createExpandTilesPass());
  ConvertLinalgToVectorLoopsOptions loops;
  loops.lanes = target.lanes();
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToVectorLoops(loops));
  ExpandMathPassOptions math;
  math.roundeven = target.isa == x86::Isa::SSE2;
  pm.addNestedPass<func::FuncOp>(createExpandMathPass(math));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void lowbit::buildReferencePartsStage(OpPassManager &pm,
                                      const LowerToReferenceOptions &options) {
  buildChecks(pm);
  if (options.integer)
    pm.addNestedPass<func::FuncOp>(createToIntegerPass());
  else
    pm.addNestedPass<func::FuncOp>(createDecodePass());
  buildToParts(pm);
}

void lowbit::buildReferenceLoopsStage(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  ExpandMathPassOptions math;
  math.library = true;
  pm.addNestedPass<func::FuncOp>(createExpandMathPass(math));
}

void lowbit::buildLowerToX86Pipeline(OpPassManager &pm,
                                     const LowerToX86Options &options) {
  buildX86PartsStage(pm, options);
  buildBufferizeStage(pm);
  // An unknown name is reported by the conversion to kernels.
  x86::Target target =
      x86::Target::get(options.isa).value_or(x86::Target{x86::Isa::SSE2});
  buildX86RowsStage(pm, target);
  buildX86LoopsStage(pm, target);
  buildLlvmStage(pm);
}

void lowbit::buildLowerToReferencePipeline(
    OpPassManager &pm, const LowerToReferenceOptions &options) {
  buildReferencePartsStage(pm, options);
  buildBufferizeStage(pm);
  buildReferenceLoopsStage(pm);
  buildLlvmStage(pm);
}

void lowbit::registerPipelines() {
  PassPipelineRegistration<QuantizeOptions>(
      "lowbit-quantize",
      "Quantize a model: normalize, name, assign, encode and materialize",
      buildQuantizePipeline);
  PassPipelineRegistration<InstrumentOptions>(
      "lowbit-instrument",
      "Prepare a model for calibration: normalize, name and observe",
      buildInstrumentPipeline);
  PassPipelineRegistration<LowerToX86Options>(
      "lowbit-lower-to-x86",
      "Lower a model to the LLVM dialect with generated x86 kernels",
      buildLowerToX86Pipeline);
  PassPipelineRegistration<LowerToReferenceOptions>(
      "lowbit-lower-to-reference",
      "Lower a model to the LLVM dialect by a reference lowering",
      buildLowerToReferencePipeline);
  PassPipelineRegistration<LowerToNVVMOptions>(
      "lowbit-lower-to-nvvm",
      "Lower a model to the LLVM dialect with attention on a GPU",
      buildLowerToNVVMPipeline);
  PassPipelineRegistration<>(
      "lowbit-lower-nvvm-kernels",
      "Lower the kernels of GPU modules to the LLVM and NVVM dialects",
      buildLowerNVVMKernelsPipeline);
  PassPipelineRegistration<SerializeNVVMKernelsOptions>(
      "lowbit-serialize-nvvm-kernels",
      "Compile the kernels of GPU modules to PTX or to binaries",
      buildSerializeNVVMKernelsPipeline);
}
