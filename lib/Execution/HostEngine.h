//===- HostEngine.h - Compiles a module in this process ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_HOSTENGINE_H
#define LOWBIT_LIB_EXECUTION_HOSTENGINE_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/Mangling.h"

#include <memory>

namespace lowbit {

/// This processor, as the builder of an engine starts from it.
llvm::Expected<llvm::orc::JITTargetMachineBuilder> getHostMachine();

/// An engine that compiles `module`, in the LLVM dialect, for `machine`, with
/// all optimizations. It keeps its object file where `keepsObject` says so.
llvm::Expected<std::unique_ptr<mlir::ExecutionEngine>>
createHostEngine(mlir::ModuleOp module,
                 llvm::orc::JITTargetMachineBuilder machine,
                 bool keepsObject = false);

/// Adds the functions that kernels call which run on the SIMT emulator.
void addEmulatorSymbols(llvm::orc::MangleAndInterner mangle,
                        llvm::orc::SymbolMap &symbols);

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_HOSTENGINE_H
