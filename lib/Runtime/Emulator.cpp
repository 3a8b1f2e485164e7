//===- Emulator.cpp - The SIMT emulator as a device -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Streams do what they are given late, see EmulatedStreams.h. Device memory is
// memory of the host that is filled with 0xff first, and each allocation is a
// buffer that kernels are checked against. The host cannot touch it: outside of
// calls that may, its pages are protected.
//
//===----------------------------------------------------------------------===//

#include "EmulatedKernels.h"
#include "EmulatedStreams.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <sys/mman.h>

using namespace lowbit;
using namespace lowbit::runtime;

static constexpr size_t pageBytes = 4096;

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

  Failure loadModule(const void *image, size_t bytes, void *&module) override {
    return findModule(image, bytes, module);
  }
  /// The code of kernels that are still to run is about to go.
  Failure unloadModule(void *) override { return streams.synchronize(); }
  Failure getFunction(void *module, const char *name,
                      void *&function) override {
    return findKernel(module, name, function);
  }
  Failure launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                 uint32_t sharedBytes, void *stream,
                 void **parameters) override;

  Failure allocate(size_t bytes, bool isShared, void *&memory) override;
  Failure free(void *memory) override;
  Failure copy(void *to, const void *from, size_t bytes, void *stream) override;
  Failure fill(void *memory, uint32_t value, unsigned elementBytes,
               size_t count, void *stream) override;
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

  Failure createStream(void *&stream) override {
    stream = streams.createStream();
    return {};
  }
  Failure destroyStream(void *stream) override {
    return streams.destroyStream(stream);
  }
  Failure synchronizeStream(void *stream) override {
    return streams.synchronizeStream(stream);
  }
  Failure createEvent(void *&event) override {
    event = streams.createEvent();
    return {};
  }
  Failure destroyEvent(void *event) override {
    return streams.destroyEvent(event);
  }
  Failure recordEvent(void *event, void *stream) override {
    return streams.recordEvent(event, stream);
  }
  Failure synchronizeEvent(void *event) override {
    return streams.synchronizeEvent(event);
  }
  Failure waitForEvent(void *stream, void *event) override {
    return streams.waitForEvent(stream, event);
  }

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
  Failure runKernel(const EmulatedKernel &kernel, simt::Dim3 grid,
                    simt::Dim3 block, uint64_t sharedBytes, void **parameters);

  simt::Options options;
  ReportHandler handler;
  std::mutex mutex;
  std::vector<Allocation> allocations;
  std::vector<simt::Buffer> registered;
  /// How many calls touch device memory now.
  unsigned accesses = 0;
  EmulatedStreams streams;
};

} // namespace

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

Failure Emulator::runKernel(const EmulatedKernel &kernel, simt::Dim3 grid,
                            simt::Dim3 block, uint64_t sharedBytes,
                            void **parameters) {
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
  auto report = simt::launch(kernel.kernel, grid, block, sharedBytes,
                             parameters, launchOptions);
  if (!report)
    return kernel.place() + report.error().text();
  if (handler)
    handler(kernel.kernel.name, *report);
  return {};
}

namespace {
/// The parameters of a launch that comes later: who launches may use their
/// memory again.
class Parameters {
public:
  Parameters(const std::vector<uint64_t> &sizes, void **parameters) {
    for (size_t i = 0; i < sizes.size(); ++i) {
      constexpr size_t unit = sizeof(std::max_align_t);
      auto &copy = copies.emplace_back((sizes[i] + unit - 1) / unit);
      std::memcpy(copy.data(), parameters[i], sizes[i]);
    }
  }
  std::vector<void *> getPointers() {
    std::vector<void *> pointers;
    for (auto &copy : copies)
      pointers.push_back(copy.data());
    return pointers;
  }

private:
  std::vector<std::vector<std::max_align_t>> copies;
};
} // namespace

Failure Emulator::launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                         uint32_t sharedBytes, void *stream,
                         void **parameters) {
  const auto &kernel = *static_cast<EmulatedKernel *>(function);
  uint64_t allShared = kernel.properties.staticSharedBytes + sharedBytes;
  if (Failure failure = checkLaunch(kernel.properties, block, allShared))
    return kernel.place() + *failure;
  return streams.add(
      stream, kernel.place() + "a launch",
      [=, this,
       copy = Parameters(kernel.parameterBytes, parameters)]() mutable {
        return runKernel(kernel, grid, block, allShared,
                         copy.getPointers().data());
      });
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

/// Whether there is memory at all, which for memory of the host nobody knows
/// but the system.
static bool isMapped(const void *memory, size_t bytes) {
  auto first = reinterpret_cast<uintptr_t>(memory) / pageBytes * pageBytes;
  auto last = reinterpret_cast<uintptr_t>(memory) + bytes;
  return !bytes ||
         msync(reinterpret_cast<void *>(first), last - first, MS_ASYNC) == 0;
}

Failure Emulator::copy(void *to, const void *from, size_t bytes, void *stream) {
  if (Failure failure = checkExtent("a copy writes", to, bytes))
    return failure;
  if (Failure failure = checkExtent("a copy reads", from, bytes))
    return failure;
  return streams.add(stream, "a copy", [=, this]() -> Failure {
    if (!isMapped(to, bytes))
      return "a copy writes to memory that is there no more";
    if (!isMapped(from, bytes))
      return "a copy reads from memory that is there no more";
    Access access(*this);
    std::memmove(to, from, bytes);
    return {};
  });
}

Failure Emulator::fill(void *memory, uint32_t value, unsigned elementBytes,
                       size_t count, void *stream) {
  if (Failure failure =
          checkExtent("a fill writes", memory, count * elementBytes))
    return failure;
  return streams.add(stream, "a fill", [=, this]() -> Failure {
    Access access(*this);
    for (size_t i = 0; i < count; ++i)
      std::memcpy(static_cast<char *>(memory) + i * elementBytes, &value,
                  elementBytes);
    return {};
  });
}

Failure Emulator::allocate(size_t bytes, bool isShared, void *&memory) {
  // Whole pages, which are aligned to more than a GPU's allocator promises.
  size_t mapped =
      (std::max<size_t>(bytes, 1) + pageBytes - 1) / pageBytes * pageBytes;
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
  // As the driver does: something may use it.
  if (Failure failure = streams.synchronize())
    return failure;
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
