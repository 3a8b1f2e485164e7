//===- EmulatedKernels.cpp - GPU kernels run by the emulator --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/EmulatedKernels.h"

#include "HostEngine.h"
#include "RunPasses.h"
#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace lowbit;
using namespace mlir;

namespace {

class JitKernels final : public EmulatedKernels {
public:
  llvm::Error build(ModuleOp module, bool checks);

  llvm::Expected<simt::Report>
  launch(StringRef name, simt::Dim3 grid, ArrayRef<void *> parameters,
         const simt::Options &options,
         std::optional<int64_t> sharedBytes) override;

private:
  struct Entry {
    simt::Kernel kernel;
    simt::Dim3 block;
    int64_t staticSharedBytes = 0, sharedBytes = 0;
  };

  llvm::StringMap<Entry> entries;
  std::unique_ptr<ExecutionEngine> engine;
};

} // namespace

/// What convert-nvvm-to-simt says of the launch of a kernel.
static void readLaunch(DictionaryAttr launch, simt::Kernel &kernel,
                       simt::Dim3 &block, int64_t &staticBytes,
                       int64_t &dynamicBytes) {
  auto getBytes = [&](StringRef name) {
    auto bytes = launch.getAs<IntegerAttr>(name);
    return bytes ? bytes.getInt() : 0;
  };
  staticBytes = getBytes("static_shared_bytes");
  dynamicBytes = getBytes("shared_bytes");
  kernel.flushDenormals = launch.contains("flush_denormals");
  if (auto threads = launch.getAs<DenseI32ArrayAttr>("block")) {
    uint32_t *sizes[] = {&block.x, &block.y, &block.z};
    for (auto [size, count] : llvm::zip(sizes, threads.asArrayRef()))
      *size = count;
  }
}

llvm::Error JitKernels::build(ModuleOp module, bool checks) {
  if (llvm::Error error = runPasses(module, [&](OpPassManager &passes) {
        passes.addPass(createConvertNVVMToSimt({checks}));
      }))
    return error;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (auto launch =
            function->getAttrOfType<DictionaryAttr>("lowbit.launch")) {
      Entry &entry = entries[function.getName()];
      entry.kernel.name = function.getName().str();
      readLaunch(launch, entry.kernel, entry.block, entry.staticSharedBytes,
                 entry.sharedBytes);
      // The translation does not know it.
      function->removeAttr("lowbit.launch");
    }

  auto machine = getHostMachine();
  if (!machine)
    return machine.takeError();
  auto created = createHostEngine(module, std::move(*machine));
  if (!created)
    return created.takeError();
  engine = std::move(*created);
  engine->registerSymbols([](llvm::orc::MangleAndInterner mangle) {
    llvm::orc::SymbolMap symbols;
    addEmulatorSymbols(mangle, symbols);
    return symbols;
  });
  for (auto &[name, entry] : entries) {
    auto address = engine->lookup(name);
    if (!address)
      return address.takeError();
    entry.kernel.entry = reinterpret_cast<LowbitSimtEntry>(*address);
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<EmulatedKernels>>
EmulatedKernels::compile(ModuleOp module, bool checks) {
  auto kernels = std::make_unique<JitKernels>();
  if (llvm::Error error = kernels->build(module, checks))
    return error;
  return kernels;
}

llvm::Expected<simt::Report>
JitKernels::launch(StringRef name, simt::Dim3 grid, ArrayRef<void *> parameters,
                   const simt::Options &options,
                   std::optional<int64_t> sharedBytes) {
  auto found = entries.find(name);
  if (found == entries.end()) {
    SmallVector<StringRef> names(entries.keys());
    llvm::sort(names);
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(), "there is no kernel '%s'; there %s %s",
        name.str().c_str(), names.size() == 1 ? "is" : "are",
        names.empty() ? "none" : llvm::join(names, ", ").c_str());
  }
  const Entry &entry = found->second;
  SmallVector<void *> pointers(parameters);
  auto report = simt::launch(entry.kernel, grid, entry.block,
                             entry.staticSharedBytes +
                                 sharedBytes.value_or(entry.sharedBytes),
                             pointers.data(), options);
  if (!report)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s",
                                   report.error().text().c_str());
  return std::move(*report);
}
