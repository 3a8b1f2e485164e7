//===- InitAll.cpp - Register dialects, passes and pipelines --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/BufferizableOpInterfaceImpl.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/IR/DialectRegistry.h"

void lowbit::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<LowbitDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
}

void lowbit::registerAllPasses() {
  registerLowbitTransformsPasses();
  registerLowbitConversionPasses();
  registerPipelines();
}
