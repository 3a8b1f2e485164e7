//===- Quantize.cpp - The pipeline from a float model to a quantized one --===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"

using namespace lowbit;
using namespace mlir;

void lowbit::buildNamedLayersStage(OpPassManager &pm) {
  // Contractions first: fusing or reshaping would hide them.
  pm.addNestedPass<func::FuncOp>(createNormalizeContractionsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Behind CSE, which makes one value of what a softmax reads twice.
  pm.addNestedPass<func::FuncOp>(createRaiseAttentionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createNameLayersPass());
}

void lowbit::buildInstrumentPipeline(OpPassManager &pm,
                                     const InstrumentOptions &options) {
  // The names are those that a recipe sees: the same passes, in front.
  buildNamedLayersStage(pm);
  InsertObserversPassOptions observers;
  observers.gram = options.gram;
  observers.layers = options.layers;
  pm.addPass(createInsertObserversPass(observers));
}

void lowbit::buildQuantizePipeline(OpPassManager &pm,
                                   const QuantizeOptions &options) {
  ReportPassOptions report;
  report.weights = options.weights;
  report.quantizedWeights = options.outputWeights;
  report.reportFile = options.report;
  // Errors of outputs need the weights from before in a file.
  if (!options.weights.empty())
    report.statistics = options.statistics;
  report.threads = options.threads;
  if (!options.report.empty()) {
    // A report that cannot be written leaves no weights file either.
    report.checkOnly = true;
    pm.addPass(createReportPass(report));
    report.checkOnly = false;
  }
  buildNamedLayersStage(pm);
  AssignEncodingsPassOptions assign;
  assign.recipe = options.recipe;
  assign.sensitivity = options.sensitivity;
  assign.weights = options.weights;
  assign.statistics = options.statistics;
  assign.keepTradeOff = !options.report.empty();
  pm.addPass(createAssignEncodingsPass(assign));
  // Scaling looks at the encodings, and changes what is encoded.
  ScaleInputsPassOptions scale;
  scale.weights = options.weights;
  scale.statistics = options.statistics;
  scale.nonfinite = options.nonfinite;
  scale.threads = options.threads;
  pm.addPass(createScaleInputsPass(scale));
  // What is compared with the threshold is the input that is encoded.
  SplitOutliersPassOptions outliers;
  outliers.weights = options.weights;
  outliers.statistics = options.statistics;
  pm.addPass(createSplitOutliersPass(outliers));
  // What the model itself multiplies stays where it is.
  FoldScalesPassOptions fold;
  fold.onlyMarked = true;
  pm.addNestedPass<func::FuncOp>(createFoldScalesPass(fold));
  CalibrateActivationsPassOptions calibrate;
  calibrate.weights = options.weights;
  calibrate.statistics = options.statistics;
  pm.addPass(createCalibrateActivationsPass(calibrate));
  pm.addNestedPass<func::FuncOp>(createInsertEncodesPass());
  // Layers that share a weight or an activation share its encode.
  pm.addPass(createCSEPass());
  pm.addPass(createVerifyEncodedPass());
  MaterializeWeightsPassOptions materialize;
  materialize.weights = options.weights;
  materialize.outputWeights = options.outputWeights;
  materialize.statistics = options.statistics;
  materialize.nonfinite = options.nonfinite;
  materialize.threads = options.threads;
  pm.addPass(createMaterializeWeightsPass(materialize));
  pm.addPass(createVerifyEncodedPass());
  if (options.report.empty())
    return;
  pm.addNestedPass<func::FuncOp>(createPlanX86KernelsPass());
  pm.addPass(createReportPass(report));
}
