//===- MgpuCalls.cpp - The calls that gpu-to-llvm makes -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The names and signatures of MLIR's own runtime wrappers
// (mlir/lib/ExecutionEngine/CudaRuntimeWrappers.cpp), so that host code that
// upstream's gpu-to-llvm makes runs with this library in the place of theirs.
// None of them can fail: see takeFailure in Device.h.
//
//===----------------------------------------------------------------------===//

#include "CurrentDevice.h"
#include "RunResources.h"
#include "lowbit/Runtime/EmulatedModule.h"

#include <algorithm>

using namespace lowbit;
using namespace lowbit::runtime;

/// Does `fn` with the device of this thread, unless there is none or a call has
/// failed.
template <typename Fn>
static void callShared(Fn &&fn) {
  std::shared_ptr<Device> device = deviceForCall();
  if (!device)
    return;
  Failure failure = device->use();
  noteFailure(failure ? std::move(failure) : fn(device));
}

template <typename Fn>
static void call(Fn &&fn) {
  callShared(
      [&](const std::shared_ptr<Device> &device) { return fn(*device); });
}

/// The same for calls that make a handle.
template <typename Fn>
static void *make(Fn &&fn) {
  void *handle = nullptr;
  call([&](Device &device) { return fn(device, handle); });
  return handle;
}

/// The same for what a run has to give back.
template <typename Fn>
static void *make(Resource resource, Fn &&fn) {
  void *handle = nullptr;
  callShared([&](const std::shared_ptr<Device> &device) {
    Failure failure = fn(*device, handle);
    noteMade(device, resource, handle);
    return failure;
  });
  return handle;
}

template <typename Fn>
static void destroy(Resource resource, void *handle, Fn &&fn) {
  callShared([&](const std::shared_ptr<Device> &device) {
    Failure failure = fn(*device);
    if (!failure)
      noteDestroyed(device, resource, handle);
    return failure;
  });
}

/// Sizes that no device has stay sizes that no device has.
static simt::Dim3 dim3(intptr_t x, intptr_t y, intptr_t z) {
  auto size = [](intptr_t value) {
    return static_cast<uint32_t>(std::clamp<intptr_t>(value, 0, UINT32_MAX));
  };
  return {size(x), size(y), size(z)};
}

namespace {
/// A memref of any type of rank at least 1, as the C interface passes it;
/// sizes, then strides, stand behind the offset.
struct MemRefDescriptor {
  char *allocated;
  char *aligned;
  int64_t offset;
  int64_t sizesAndStrides[];
};
} // namespace

/// The part of a memref from its first element to its last.
static std::pair<char *, size_t>
getExtent(int64_t rank, const MemRefDescriptor &memref, int64_t elementBytes) {
  int64_t elements = 1;
  for (int64_t i = 0; i < rank; ++i) {
    if (memref.sizesAndStrides[i] == 0)
      return {memref.aligned, 0};
    elements +=
        (memref.sizesAndStrides[i] - 1) * memref.sizesAndStrides[rank + i];
  }
  return {memref.aligned + memref.offset * elementBytes,
          static_cast<size_t>(elements * elementBytes)};
}

extern "C" {

void *mgpuModuleLoad(void *data, size_t bytes) {
  return make([&](Device &device, void *&module) {
    return device.loadModule(data, bytes, module);
  });
}

void *mgpuModuleLoadJIT(void *data, int /*optLevel*/) {
  return make([&](Device &device, void *&module) {
    return device.loadModule(data, /*bytes=*/0, module);
  });
}

void mgpuModuleUnload(void *module) {
  // It has not been loaded: why is known.
  if (!module)
    return;
  call([&](Device &device) { return device.unloadModule(module); });
}

void *mgpuModuleGetFunction(void *module, const char *name) {
  return make([&](Device &device, void *&function) {
    return device.getFunction(module, name, function);
  });
}

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **parameters, void ** /*extra*/,
                      size_t /*numParameters*/) {
  call([&](Device &device) -> Failure {
    // For drivers a launch without blocks is an error; it is what a model makes
    // of an empty tensor.
    if (gridX == 0 || gridY == 0 || gridZ == 0)
      return {};
    return device.launch(
        function, dim3(gridX, gridY, gridZ), dim3(blockX, blockY, blockZ),
        static_cast<uint32_t>(sharedBytes), stream, parameters);
  });
}

void *mgpuStreamCreate() {
  return make(Resource::Stream, [](Device &device, void *&stream) {
    return device.createStream(stream);
  });
}

void mgpuStreamDestroy(void *stream) {
  destroy(Resource::Stream, stream,
          [&](Device &device) { return device.destroyStream(stream); });
}

void mgpuStreamSynchronize(void *stream) {
  call([&](Device &device) { return device.synchronizeStream(stream); });
}

void mgpuStreamWaitEvent(void *stream, void *event) {
  call([&](Device &device) { return device.waitForEvent(stream, event); });
}

void *mgpuEventCreate() {
  return make(Resource::Event, [](Device &device, void *&event) {
    return device.createEvent(event);
  });
}

void mgpuEventDestroy(void *event) {
  destroy(Resource::Event, event,
          [&](Device &device) { return device.destroyEvent(event); });
}

void mgpuEventSynchronize(void *event) {
  call([&](Device &device) { return device.synchronizeEvent(event); });
}

void mgpuEventRecord(void *event, void *stream) {
  call([&](Device &device) { return device.recordEvent(event, stream); });
}

void *mgpuMemAlloc(uint64_t bytes, void * /*stream*/, bool isHostShared) {
  return make(Resource::Memory, [&](Device &device, void *&memory) {
    return device.allocate(bytes, isHostShared, memory);
  });
}

void mgpuMemFree(void *memory, void * /*stream*/) {
  destroy(Resource::Memory, memory,
          [&](Device &device) { return device.free(memory); });
}

void mgpuMemcpy(void *to, void *from, size_t bytes, void *stream) {
  call([&](Device &device) { return device.copy(to, from, bytes, stream); });
}

void mgpuMemset32(void *memory, unsigned value, size_t count, void *stream) {
  call([&](Device &device) {
    return device.fill(memory, value, 4, count, stream);
  });
}

void mgpuMemset16(void *memory, unsigned short value, size_t count,
                  void *stream) {
  call([&](Device &device) {
    return device.fill(memory, value, 2, count, stream);
  });
}

void mgpuMemHostRegister(void *memory, uint64_t bytes) {
  call([&](Device &device) { return device.registerHost(memory, bytes); });
}

void mgpuMemHostUnregister(void *memory) {
  call([&](Device &device) { return device.unregisterHost(memory); });
}

void mgpuMemHostRegisterMemRef(int64_t rank, MemRefDescriptor *memref,
                               int64_t elementBytes) {
  auto [begin, bytes] = getExtent(rank, *memref, elementBytes);
  mgpuMemHostRegister(begin, bytes);
}

void mgpuMemHostUnregisterMemRef(int64_t rank, MemRefDescriptor *memref,
                                 int64_t elementBytes) {
  mgpuMemHostUnregister(getExtent(rank, *memref, elementBytes).first);
}

void mgpuSetDefaultDevice(int32_t index) {
  // The device is chosen by who runs the program.
  static_cast<void>(index);
}

} // extern "C"

std::vector<std::pair<const char *, void *>> lowbit::runtime::getFunctions() {
  std::vector<std::pair<const char *, void *>> functions;
  auto add = [&](const char *name, auto *function) {
    functions.emplace_back(name, reinterpret_cast<void *>(function));
  };
  add("mgpuModuleLoad", mgpuModuleLoad);
  add("mgpuModuleLoadJIT", mgpuModuleLoadJIT);
  add("mgpuModuleUnload", mgpuModuleUnload);
  add("mgpuModuleGetFunction", mgpuModuleGetFunction);
  add("mgpuLaunchKernel", mgpuLaunchKernel);
  add("mgpuStreamCreate", mgpuStreamCreate);
  add("mgpuStreamDestroy", mgpuStreamDestroy);
  add("mgpuStreamSynchronize", mgpuStreamSynchronize);
  add("mgpuStreamWaitEvent", mgpuStreamWaitEvent);
  add("mgpuEventCreate", mgpuEventCreate);
  add("mgpuEventDestroy", mgpuEventDestroy);
  add("mgpuEventSynchronize", mgpuEventSynchronize);
  add("mgpuEventRecord", mgpuEventRecord);
  add("mgpuMemAlloc", mgpuMemAlloc);
  add("mgpuMemFree", mgpuMemFree);
  add("mgpuMemcpy", mgpuMemcpy);
  add("mgpuMemset32", mgpuMemset32);
  add("mgpuMemset16", mgpuMemset16);
  add("mgpuMemHostRegister", mgpuMemHostRegister);
  add("mgpuMemHostUnregister", mgpuMemHostUnregister);
  add("mgpuMemHostRegisterMemRef", mgpuMemHostRegisterMemRef);
  add("mgpuMemHostUnregisterMemRef", mgpuMemHostUnregisterMemRef);
  add("mgpuSetDefaultDevice", mgpuSetDefaultDevice);
  add("lowbit_runtime_register_kernel", lowbit_runtime_register_kernel);
  add("lowbit_runtime_unregister_program", lowbit_runtime_unregister_program);
  return functions;
}
