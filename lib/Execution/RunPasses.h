//===- RunPasses.h - Passes on the way to a program -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_RUNPASSES_H
#define LOWBIT_LIB_EXECUTION_RUNPASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace lowbit {

/// Runs what `build` adds on `module`. The error is a DiagnosedError.
llvm::Error runPasses(mlir::ModuleOp module,
                      llvm::function_ref<void(mlir::OpPassManager &)> build);

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_RUNPASSES_H
