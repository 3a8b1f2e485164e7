//===- EmulatedLaunch.cpp - Launches on the emulator from Python ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For ctypes: opens a module of kernels, and launches one of them as
// cuLaunchKernel does, with its arguments in one block of bytes, each at a
// multiple of its size.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/EmulatedKernels.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MathExtras.h"

#include <map>

using namespace lowbit;

namespace {
struct Emulation {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<EmulatedKernels> kernels;
  /// Bytes of the arguments of each kernel.
  std::map<std::string, std::vector<size_t>> sizes;
};
} // namespace

/// Memory that kernels may touch.
struct EmulatedBuffer {
  void *base;
  size_t bytes;
  const char *name;
  int isWritten;
};

static size_t getBytes(mlir::Type type) {
  return type.isIntOrFloat() ? type.getIntOrFloatBitWidth() / 8 : 8;
}

static std::string open(Emulation &emulation, llvm::StringRef text) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  emulation.context.appendDialectRegistry(registry);
  emulation.module =
      mlir::parseSourceString<mlir::ModuleOp>(text, &emulation.context);
  if (!emulation.module)
    return "the module cannot be parsed";
  for (auto module : emulation.module->getOps<mlir::gpu::GPUModuleOp>())
    for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>()) {
      auto &sizes = emulation.sizes[function.getName().str()];
      for (mlir::Type type : function.getArgumentTypes())
        sizes.push_back(getBytes(type));
    }
  mlir::PassManager passes(&emulation.context);
  buildLowerNVVMKernelsPipeline(passes);
  if (failed(passes.run(*emulation.module)))
    return "the lowering failed";
  auto compiled = EmulatedKernels::compile(*emulation.module);
  if (!compiled)
    return llvm::toString(compiled.takeError());
  emulation.kernels = std::move(*compiled);
  return "";
}

extern "C" {

/// A handle, or null with what is wrong in `error`.
void *emulatedOpen(const char *text, char *error, size_t capacity) {
  auto emulation = std::make_unique<Emulation>();
  std::string wrong = open(*emulation, text);
  snprintf(error, capacity, "%s", wrong.c_str());
  return wrong.empty() ? emulation.release() : nullptr;
}

void emulatedClose(void *handle) { delete static_cast<Emulation *>(handle); }

/// Runs `function` of the gpu.module `kernel`; what is wrong is in `error`.
void emulatedLaunch(void *handle, const char *function, const uint32_t *grid,
                    char *arguments, size_t bytes,
                    const EmulatedBuffer *buffers, size_t count, char *error,
                    size_t capacity) {
  auto &emulation = *static_cast<Emulation *>(handle);
  std::vector<void *> parameters;
  size_t at = 0;
  for (size_t size : emulation.sizes[function]) {
    at = llvm::alignTo(at, size);
    parameters.push_back(arguments + at);
    at += size;
  }
  if (at != bytes) {
    snprintf(error, capacity, "%zu bytes of arguments, not %zu", bytes, at);
    return;
  }
  simt::Options options;
  for (size_t i = 0; i < count; ++i)
    options.buffers.push_back({buffers[i].base, buffers[i].bytes,
                               buffers[i].name, buffers[i].isWritten != 0});
  auto done = emulation.kernels->launch("kernel." + std::string(function),
                                        {grid[0], grid[1], grid[2]}, parameters,
                                        options);
  std::string wrong = done ? "" : llvm::toString(done.takeError());
  snprintf(error, capacity, "%s", wrong.c_str());
}

} // extern "C"
