//===- HostEngine.cpp - Compiles a module in this process -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostEngine.h"

#include "lowbit/Simt/Symbols.h"
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
                         llvm::orc::JITTargetMachineBuilder builder,
                         bool keepsObject) {
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
  options.enableObjectDump = keepsObject;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  return ExecutionEngine::create(module, options, std::move(*machine));
}

void lowbit::addEmulatorSymbols(llvm::orc::MangleAndInterner mangle,
                                llvm::orc::SymbolMap &symbols) {
  for (const simt::Symbol &symbol : simt::symbols())
    symbols[mangle(symbol.name)] = {
        llvm::orc::ExecutorAddr::fromPtr(symbol.address),
        llvm::JITSymbolFlags::Exported};
}
