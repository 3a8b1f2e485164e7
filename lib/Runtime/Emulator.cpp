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
// allocation is a buffer that kernels are checked against. The host cannot
// touch it: outside of calls that may, its pages are protected.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Device.h"
#include "lowbit/Runtime/EmulatedModule.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <ranges>
#include <string_view>
#include <sys/mman.h>
#include <thread>

using namespace lowbit;
using namespace lowbit::runtime;

namespace {

struct EmulatedKernel {
  simt::Kernel kernel;
  LowbitEmulatedKernel properties;
};

/// The kernels of a module of a program, by name.
struct Module {
  const void *program;
  std::string name;
  /// Who registered it last.
  std::thread::id thread;
  std::map<std::string, EmulatedKernel, std::less<>> kernels;
};

/// What has been registered, the oldest first.
struct Registry {
  std::mutex mutex;
  std::list<Module> modules;
};

} // namespace

/// Never destroyed, like the programs that register.
static Registry &getRegistry() {
  static Registry *registry = new Registry;
  return *registry;
}

void lowbit_runtime_register_kernel(const void *program, const char *module,
                                    const char *kernel, LowbitSimtEntry entry,
                                    const LowbitEmulatedKernel *properties) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  auto found = std::ranges::find_if(registry.modules, [&](const Module &known) {
    return known.program == program && known.name == module;
  });
  if (found == registry.modules.end())
    found = registry.modules.insert(found, {program, module, {}, {}});
  found->thread = std::this_thread::get_id();
  found->kernels[kernel] = {
      {std::string(module) + "." + kernel, entry, (properties->flags & 1) != 0},
      *properties};
}

void lowbit_runtime_unregister_program(const void *program) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  std::erase_if(registry.modules,
                [&](const Module &known) { return known.program == program; });
}

/// The newest module of this name, one of this thread's if there is any.
static Module *findModule(Registry &registry, std::string_view name) {
  Module *newest = nullptr;
  for (Module &module : std::views::reverse(registry.modules)) {
    if (module.name != name)
      continue;
    if (module.thread == std::this_thread::get_id())
      return &module;
    if (!newest)
      newest = &module;
  }
  return newest;
}

namespace {

class Emulator final : public Device {
public:
  Emulator(simt::Options options, ReportHandler handler)
      : options(std::move(options)), handler(std::move(handler)) {}
  ~Emulator() override {
    for (const Allocation &allocation : allocations)
      unmap(allocation);
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
  Failure copy(void *to, const void *from, size_t bytes, void *) override;
  Failure fill(void *memory, uint32_t value, unsigned elementBytes,
               size_t count, void *) override;
  Failure registerHost(void *memory, size_t bytes) override {
    std::scoped_lock lock(mutex);
    registered.push_back({memory, bytes, "host memory"});
    return {};
  }
  Failure unregisterHost(void *memory) override {
    std::scoped_lock lock(mutex);
    auto found = std::ranges::find(registered, memory, &simt::Buffer::base);
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
  struct Allocation {
    simt::Buffer buffer;
    /// What its pages take.
    size_t mapped;
    /// The host may use it as well.
    bool isShared;
  };

  /// While there is one, device memory can be touched.
  class Access {
  public:
    explicit Access(Emulator &device) : device(device) {
      std::scoped_lock lock(device.mutex);
      if (device.accesses++ == 0)
        device.protect(PROT_READ | PROT_WRITE);
    }
    ~Access() {
      std::scoped_lock lock(device.mutex);
      if (--device.accesses == 0)
        device.protect(PROT_NONE);
    }

  private:
    Emulator &device;
  };

  static void unmap(const Allocation &allocation) {
    munmap(const_cast<void *>(allocation.buffer.base), allocation.mapped);
  }
  static void protect(const Allocation &allocation, int rights) {
    if (!allocation.isShared)
      mprotect(const_cast<void *>(allocation.buffer.base), allocation.mapped,
               rights);
  }
  void protect(int rights) {
    for (const Allocation &allocation : allocations)
      protect(allocation, rights);
  }
  /// Whether `bytes` from `memory` on may be what they are said to be: what
  /// begins in an allocation must end in it.
  Failure checkExtent(const char *what, const void *memory, size_t bytes);

  /// Some address, the same for all.
  Failure makeHandle(void *&handle) {
    handle = this;
    return {};
  }

  simt::Options options;
  ReportHandler handler;
  std::mutex mutex;
  std::vector<Allocation> allocations;
  std::vector<simt::Buffer> registered;
  /// How many calls touch device memory now.
  unsigned accesses = 0;
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
  module = findModule(registry, name);
  if (!module)
    return "no kernel of the module '" + std::string(name) +
           "' has been registered with the emulator: the constructors of the "
           "program have not run";
  return {};
}

Failure Emulator::getFunction(void *module, const char *name, void *&function) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  auto &kernels = static_cast<Module *>(module)->kernels;
  auto found = kernels.find(std::string_view(name));
  if (found == kernels.end())
    return "the module has no kernel '" + std::string(name) + "'";
  function = &found->second;
  return {};
}

/// What the driver holds a launch to, and the emulator's kernels do not show.
static Failure checkLaunch(const LowbitEmulatedKernel &properties,
                           simt::Dim3 block, uint64_t sharedBytes) {
  auto [x, y, z] = properties.block;
  auto text = [](uint32_t x, uint32_t y, uint32_t z) {
    return std::to_string(x) + " x " + std::to_string(y) + " x " +
           std::to_string(z);
  };
  if (x && (x != block.x || y != block.y || z != block.z))
    return "its blocks have " + text(x, y, z) +
           " threads (nvvm.reqntid), not " + text(block.x, block.y, block.z);
  if (properties.mostSharedBytes && sharedBytes > properties.mostSharedBytes)
    return std::to_string(sharedBytes) +
           " bytes of shared memory are more than the " +
           std::to_string(properties.mostSharedBytes) +
           " of a block on its chip";
  return {};
}

Failure Emulator::launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                         uint32_t sharedBytes, void *, void **parameters) {
  const auto &kernel = *static_cast<EmulatedKernel *>(function);
  std::string place = "kernel '" + kernel.kernel.name + "': ";
  uint64_t allShared = kernel.properties.staticSharedBytes + sharedBytes;
  if (Failure failure = checkLaunch(kernel.properties, block, allShared))
    return place + *failure;
  simt::Options launchOptions = options;
  // Without any buffer all memory would be allowed.
  launchOptions.buffers = {{nullptr, 0, "null"}};
  {
    std::scoped_lock lock(mutex);
    for (const Allocation &allocation : allocations)
      launchOptions.buffers.push_back(allocation.buffer);
    launchOptions.buffers.insert(launchOptions.buffers.end(),
                                 registered.begin(), registered.end());
  }
  Access access(*this);
  auto report = simt::launch(kernel.kernel, grid, block, allShared, parameters,
                             launchOptions);
  if (!report)
    return place + report.error().text();
  if (handler)
    handler(kernel.kernel.name, *report);
  return {};
}

Failure Emulator::checkExtent(const char *what, const void *memory,
                              size_t bytes) {
  if (bytes && !memory)
    return std::string(what) + " no memory: its address is null";
  auto *first = static_cast<const char *>(memory);
  std::scoped_lock lock(mutex);
  for (const Allocation &allocation : allocations) {
    size_t offset = first - static_cast<const char *>(allocation.buffer.base);
    if (offset < std::max<size_t>(allocation.buffer.bytes, 1) &&
        bytes > allocation.buffer.bytes - offset)
      return std::string(what) + " " + std::to_string(bytes) +
             " bytes at offset " + std::to_string(offset) + " of an " +
             allocation.buffer.name;
  }
  return {};
}

Failure Emulator::copy(void *to, const void *from, size_t bytes, void *) {
  if (Failure failure = checkExtent("a copy writes", to, bytes))
    return failure;
  if (Failure failure = checkExtent("a copy reads", from, bytes))
    return failure;
  Access access(*this);
  std::memmove(to, from, bytes);
  return {};
}

Failure Emulator::fill(void *memory, uint32_t value, unsigned elementBytes,
                       size_t count, void *) {
  if (Failure failure =
          checkExtent("a fill writes", memory, count * elementBytes))
    return failure;
  Access access(*this);
  for (size_t i = 0; i < count; ++i)
    std::memcpy(static_cast<char *>(memory) + i * elementBytes, &value,
                elementBytes);
  return {};
}

Failure Emulator::allocate(size_t bytes, bool isShared, void *&memory) {
  // Whole pages, which are aligned to more than a GPU's allocator promises.
  constexpr size_t page = 4096;
  size_t mapped = (std::max<size_t>(bytes, 1) + page - 1) / page * page;
  void *allocated = mapped < bytes
                        ? MAP_FAILED
                        : mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (allocated == MAP_FAILED)
    return "cannot allocate " + std::to_string(bytes) +
           " bytes of device memory";
  std::memset(allocated, 0xff, mapped);
  std::scoped_lock lock(mutex);
  allocations.push_back(
      {{allocated, bytes, "allocation of " + std::to_string(bytes) + " bytes"},
       mapped,
       isShared});
  if (!accesses)
    protect(allocations.back(), PROT_NONE);
  memory = allocated;
  return {};
}

Failure Emulator::free(void *memory) {
  if (!memory)
    return {};
  std::scoped_lock lock(mutex);
  auto found =
      std::ranges::find_if(allocations, [&](const Allocation &allocation) {
        return allocation.buffer.base == memory;
      });
  if (found == allocations.end())
    return "device memory is freed that was not allocated, or twice";
  unmap(*found);
  allocations.erase(found);
  return {};
}

std::unique_ptr<Device> lowbit::runtime::createEmulator(simt::Options options,
                                                        ReportHandler handler) {
  return std::make_unique<Emulator>(std::move(options), std::move(handler));
}
