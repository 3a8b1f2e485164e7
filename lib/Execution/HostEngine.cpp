//===- HostEngine.cpp - Compiles a module in this process -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostEngine.h"

#include "lowbit/Simt/Abi.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/TargetSelect.h"

using namespace lowbit;
using namespace mlir;

llvm::Expected<llvm::orc::JITTargetMachineBuilder> lowbit::getHostMachine() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  return llvm::orc::JITTargetMachineBuilder::detectHost();
}

llvm::Expected<std::unique_ptr<ExecutionEngine>>
lowbit::createHostEngine(ModuleOp module,
                         llvm::orc::JITTargetMachineBuilder builder) {
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  module->getContext()->appendDialectRegistry(registry);
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto machine = builder.createTargetMachine();
  if (!machine)
    return machine.takeError();
  ExecutionEngineOptions options;
  auto transformer = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                               machine->get());
  options.transformer = transformer;
  // They write files for debuggers and profilers into the user's directories.
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  return ExecutionEngine::create(module, options, std::move(*machine));
}

void lowbit::addEmulatorSymbols(llvm::orc::MangleAndInterner mangle,
                                llvm::orc::SymbolMap &symbols) {
  auto add = [&](StringRef name, auto *function) {
    symbols[mangle(name)] = {llvm::orc::ExecutorAddr::fromPtr(function),
                             llvm::JITSymbolFlags::Exported};
  };
  add("lowbit_simt_op", lowbit_simt_op);
  add("lowbit_simt_access", lowbit_simt_access);
  add("lowbit_simt_count", lowbit_simt_count);
  add("lowbit_simt_trap", lowbit_simt_trap);
  add("lowbit_simt_sreg", lowbit_simt_sreg);
  add("lowbit_simt_shared", lowbit_simt_shared);
}
