//===- FakeCuda.cpp - A CUDA driver that has no GPU -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A libcuda.so.1 that does nothing but what the real one does with contexts:
// each thread has one, or none, and without one calls fail.
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {
constexpr int invalidContext = 201;
int context;
thread_local void *current = nullptr;
std::atomic<int> launches, allocations, freed, strangers;

int inContext() {
  if (current == &context)
    return 0;
  ++strangers;
  return invalidContext;
}
} // namespace

extern "C" {

FakeCudaCounts fakeCudaCounts() {
  return {launches, allocations, freed, strangers};
}

int cuInit(unsigned) { return 0; }
int cuGetErrorName(int, const char **name) {
  *name = "CUDA_ERROR_INVALID_CONTEXT";
  return 0;
}
int cuGetErrorString(int, const char **text) {
  *text = "invalid device context";
  return 0;
}
int cuDeviceGetCount(int *count) {
  *count = 1;
  return 0;
}
int cuDeviceGet(int *device, int index) {
  *device = index;
  return 0;
}
int cuDeviceGetName(char *name, int, int) {
  name[0] = 'F';
  name[1] = '\0';
  return 0;
}
int cuDevicePrimaryCtxRetain(void **made, int) {
  *made = &context;
  return 0;
}
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *chosen) {
  current = chosen;
  return 0;
}
int cuModuleLoadData(void **module, const void *) {
  *module = &context;
  return inContext();
}
int cuModuleUnload(void *) { return inContext(); }
int cuModuleGetFunction(void **function, void *, const char *) {
  *function = &context;
  return inContext();
}
int cuFuncSetAttribute(void *, int, int) { return inContext(); }
int cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned,
                   unsigned, unsigned, void *, void **, void **) {
  ++launches;
  return inContext();
}
int cuMemAlloc_v2(uint64_t *memory, size_t bytes) {
  ++allocations;
  *memory = reinterpret_cast<uint64_t>(std::malloc(bytes));
  return inContext();
}
int cuMemAllocManaged(uint64_t *memory, size_t bytes, unsigned) {
  return cuMemAlloc_v2(memory, bytes);
}
int cuMemFree_v2(uint64_t memory) {
  ++freed;
  std::free(reinterpret_cast<void *>(memory));
  return inContext();
}
int cuMemcpyAsync(uint64_t, uint64_t, size_t, void *) { return inContext(); }
int cuMemsetD16Async(uint64_t, unsigned short, size_t, void *) {
  return inContext();
}
int cuMemsetD32Async(uint64_t, unsigned, size_t, void *) { return inContext(); }
int cuMemHostRegister_v2(void *, size_t, unsigned) { return inContext(); }
int cuMemHostUnregister(void *) { return inContext(); }
int cuStreamCreate(void **, unsigned) { return inContext(); }
int cuStreamDestroy_v2(void *) { return inContext(); }
int cuStreamSynchronize(void *) { return inContext(); }
int cuStreamWaitEvent(void *, void *, unsigned) { return inContext(); }
int cuEventCreate(void **, unsigned) { return inContext(); }
int cuEventDestroy_v2(void *) { return inContext(); }
int cuEventSynchronize(void *) { return inContext(); }
int cuEventRecord(void *, void *) { return inContext(); }
}
