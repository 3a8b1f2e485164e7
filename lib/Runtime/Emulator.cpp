//===- Emulator.cpp - The SIMT emulator as a device -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything happens at once and in order, so streams and events are nothing.
// Device memory is memory of the host that is filled with 0xff first, and each
// allocation is a buffer that kernels are checked against.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Device.h"
#include "lowbit/Runtime/EmulatedModule.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

using namespace lowbit;
using namespace lowbit::runtime;

namespace {

struct EmulatedKernel {
  simt::Kernel kernel;
  uint64_t staticSharedBytes = 0;
};

/// Kernels by name.
using Module = std::map<std::string, EmulatedKernel, std::less<>>;

/// What has been registered, by the names of modules.
struct Registry {
  std::mutex mutex;
  std::map<std::string, Module, std::less<>> modules;
};

} // namespace

/// Never destroyed, like the programs that register.
static Registry &getRegistry() {
  static Registry *registry = new Registry;
  return *registry;
}

void lowbit_runtime_register_kernel(const char *module, const char *kernel,
                                    LowbitSimtEntry entry,
                                    uint64_t staticSharedBytes,
                                    uint32_t flags) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  registry.modules[module][kernel] = {
      {std::string(module) + "." + kernel, entry, (flags & 1) != 0},
      staticSharedBytes};
}

namespace {

class Emulator final : public Device {
public:
  Emulator(simt::Options options, ReportHandler handler)
      : options(std::move(options)), handler(std::move(handler)) {}
  ~Emulator() override {
    for (const simt::Buffer &buffer : allocations)
      std::free(const_cast<void *>(buffer.base));
  }

  std::string describe() const override { return "emulator"; }

  Failure loadModule(const void *image, size_t bytes, void *&module) override;
  Failure unloadModule(void *) override { return {}; }
  Failure getFunction(void *module, const char *name, void *&function) override;
  Failure launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                 uint32_t sharedBytes, void *stream,
                 void **parameters) override;

  Failure allocate(size_t bytes, bool isShared, void *&memory) override;
  Failure free(void *memory) override;
  Failure copy(void *to, const void *from, size_t bytes, void *) override {
    std::memmove(to, from, bytes);
    return {};
  }
  Failure fill(void *memory, uint32_t value, unsigned elementBytes,
               size_t count, void *) override {
    for (size_t i = 0; i < count; ++i)
      std::memcpy(static_cast<char *>(memory) + i * elementBytes, &value,
                  elementBytes);
    return {};
  }
  Failure registerHost(void *memory, size_t bytes) override {
    std::scoped_lock lock(mutex);
    registered.push_back({memory, bytes, "host memory"});
    return {};
  }
  Failure unregisterHost(void *memory) override {
    std::scoped_lock lock(mutex);
    auto found = findBuffer(registered, memory);
    if (found == registered.end())
      return "host memory is unregistered that was not registered";
    registered.erase(found);
    return {};
  }

  Failure createStream(void *&stream) override { return makeHandle(stream); }
  Failure destroyStream(void *) override { return {}; }
  Failure synchronizeStream(void *) override { return {}; }
  Failure createEvent(void *&event) override { return makeHandle(event); }
  Failure destroyEvent(void *) override { return {}; }
  Failure recordEvent(void *, void *) override { return {}; }
  Failure synchronizeEvent(void *) override { return {}; }
  Failure waitForEvent(void *, void *) override { return {}; }

private:
  using Buffers = std::vector<simt::Buffer>;

  static Buffers::iterator findBuffer(Buffers &buffers, const void *base) {
    return std::ranges::find_if(buffers, [&](const simt::Buffer &buffer) {
      return buffer.base == base;
    });
  }
  /// Some address, the same for all.
  Failure makeHandle(void *&handle) {
    handle = this;
    return {};
  }

  simt::Options options;
  ReportHandler handler;
  std::mutex mutex;
  Buffers allocations, registered;
};

} // namespace

Failure Emulator::loadModule(const void *image, size_t bytes, void *&module) {
  constexpr std::string_view magic = LOWBIT_EMULATED_MODULE_MAGIC;
  auto *text = static_cast<const char *>(image);
  if ((bytes && bytes <= magic.size()) ||
      std::memcmp(text, magic.data(), magic.size()) != 0)
    return "the emulator was given a module for a GPU: compile the program for "
           "the emulator, with convert-nvvm-to-simt in the place of "
           "gpu-module-to-binary";
  text += magic.size();
  std::string_view name =
      bytes ? std::string_view(text, strnlen(text, bytes - magic.size()))
            : std::string_view(text);
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  auto found = registry.modules.find(name);
  if (found == registry.modules.end())
    return "no kernel of the module '" + std::string(name) +
           "' has been registered with the emulator: the constructors of the "
           "program have not run";
  module = &found->second;
  return {};
}

Failure Emulator::getFunction(void *module, const char *name, void *&function) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  auto &kernels = *static_cast<Module *>(module);
  auto found = kernels.find(std::string_view(name));
  if (found == kernels.end())
    return "the module has no kernel '" + std::string(name) + "'";
  function = &found->second;
  return {};
}

Failure Emulator::launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                         uint32_t sharedBytes, void *, void **parameters) {
  const auto &kernel = *static_cast<EmulatedKernel *>(function);
  simt::Options launchOptions = options;
  {
    std::scoped_lock lock(mutex);
    launchOptions.buffers = allocations;
    launchOptions.buffers.insert(launchOptions.buffers.end(),
                                 registered.begin(), registered.end());
  }
  auto report = simt::launch(kernel.kernel, grid, block,
                             kernel.staticSharedBytes + sharedBytes, parameters,
                             launchOptions);
  if (!report)
    return "kernel '" + kernel.kernel.name + "': " + report.error().text();
  if (handler)
    handler(kernel.kernel.name, *report);
  return {};
}

Failure Emulator::allocate(size_t bytes, bool, void *&memory) {
  // What a GPU's allocator promises.
  constexpr size_t alignment = 256;
  size_t rounded =
      (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void *allocated =
      rounded < bytes ? nullptr : std::aligned_alloc(alignment, rounded);
  if (!allocated)
    return "cannot allocate " + std::to_string(bytes) +
           " bytes of device memory";
  std::memset(allocated, 0xff, rounded);
  std::scoped_lock lock(mutex);
  allocations.push_back(
      {allocated, bytes, "allocation of " + std::to_string(bytes) + " bytes"});
  memory = allocated;
  return {};
}

Failure Emulator::free(void *memory) {
  if (!memory)
    return {};
  std::scoped_lock lock(mutex);
  auto found = findBuffer(allocations, memory);
  if (found == allocations.end())
    return "device memory is freed that was not allocated, or twice";
  allocations.erase(found);
  std::free(memory);
  return {};
}

std::unique_ptr<Device> lowbit::runtime::createEmulator(simt::Options options,
                                                        ReportHandler handler) {
  return std::make_unique<Emulator>(std::move(options), std::move(handler));
}
