//===- Compiler.h - The program that compiles for GPUs ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_COMPILENVVM_COMPILER_H
#define LOWBIT_LIB_CONVERSION_COMPILENVVM_COMPILER_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/ErrorOr.h"

#include <string>

namespace lowbit {

/// The `quant-opt` that compiles: beside this library or program, in the `bin`
/// next to its folder, or on the path.
llvm::ErrorOr<std::string> findCompiler();

/// The folder of `ptxas`: `bin` of `toolkit`, or, where that is empty, of
/// $CUDA_ROOT, $CUDA_HOME or $CUDA_PATH, the path, or `bin` of /usr/local/cuda.
llvm::ErrorOr<std::string> findAssemblers(llvm::StringRef toolkit);

/// Reports what the compiler has said, `log`, as diagnostics at the places that
/// it names, and at `loc` where it names none. Of errors the first counts,
/// behind `failure`; others say what followed from it. Returns whether there
/// was one.
bool reportLog(llvm::StringRef log, mlir::Location loc,
               const llvm::Twine &failure);

} // namespace lowbit

#endif // LOWBIT_LIB_CONVERSION_COMPILENVVM_COMPILER_H
