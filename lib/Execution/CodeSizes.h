//===- CodeSizes.h - How much code kernels are ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_CODESIZES_H
#define LOWBIT_EXECUTION_CODESIZES_H

#include "lowbit/Execution/Profile.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "llvm/Support/Error.h"

namespace lowbit {

/// Fills in `codeBytes` of the ops of `profile` that call a kernel. `engine`
/// keeps its object file, and has compiled.
llvm::Error readCodeSizes(mlir::ExecutionEngine &engine, Profile &profile);

} // namespace lowbit

#endif // LOWBIT_EXECUTION_CODESIZES_H
