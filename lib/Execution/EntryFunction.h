//===- EntryFunction.h - The function of a module to run --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_ENTRYFUNCTION_H
#define LOWBIT_LIB_EXECUTION_ENTRYFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <string>

namespace lowbit {

/// The function `name` of `module`, which must be one that can be run on files,
/// and keeps only what it needs. Functions have other names from then on, which
/// none of C has.
llvm::Expected<mlir::func::FuncOp> isolateEntry(mlir::ModuleOp module,
                                                const std::string &name);

/// "; did you mean 'main'?", or nothing if no name is near.
std::string suggestName(llvm::StringRef name,
                        llvm::ArrayRef<llvm::StringRef> names);

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_ENTRYFUNCTION_H
