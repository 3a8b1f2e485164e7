//===- Cuda.cpp - A GPU by NVIDIA's driver --------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "lowbit/Runtime/Device.h"

using namespace lowbit;
using namespace lowbit::runtime;

namespace {

class CudaDevice final : public Device {
public:
  CudaDevice(const CudaDriver &driver, int index)
      : cuda(driver), index(index) {}
  ~CudaDevice() override {
    if (context)
      cuda.cuDevicePrimaryCtxRelease(device);
  }

  Failure open();

  std::string describe() const override {
    return "cuda:" + std::to_string(index) + " (" + name + ")";
  }

  /// The driver knows a context for each thread, and others use it as well.
  Failure use() override {
    return check("be used", cuda.cuCtxSetCurrent(context));
  }

  Failure loadModule(const void *image, size_t, void *&module) override {
    return check("load a module", cuda.cuModuleLoadData(&module, image));
  }
  Failure unloadModule(void *module) override {
    return check("unload a module", cuda.cuModuleUnload(module));
  }
  Failure getFunction(void *module, const char *kernel,
                      void *&function) override {
    return check(std::string("find kernel '") + kernel + "'",
                 cuda.cuModuleGetFunction(&function, module, kernel));
  }
  Failure launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                 uint32_t sharedBytes, void *stream,
                 void **parameters) override;

  Failure allocate(size_t bytes, bool isShared, void *&memory) override;
  Failure free(void *memory) override {
    return check("free memory", cuda.cuMemFree(address(memory)));
  }
  Failure copy(void *to, const void *from, size_t bytes,
               void *stream) override {
    return check("copy " + std::to_string(bytes) + " bytes",
                 cuda.cuMemcpyAsync(address(to), address(from), bytes, stream));
  }
  Failure fill(void *memory, uint32_t value, unsigned elementBytes,
               size_t count, void *stream) override {
    CUdeviceptr to = address(memory);
    CUresult result =
        elementBytes == 2
            ? cuda.cuMemsetD16Async(to, static_cast<unsigned short>(value),
                                    count, stream)
            : cuda.cuMemsetD32Async(to, value, count, stream);
    return check("fill memory", result);
  }
  Failure registerHost(void *memory, size_t bytes) override {
    return check(
        "register host memory",
        cuda.cuMemHostRegister(memory, bytes, CU_MEMHOSTREGISTER_DEFAULT));
  }
  Failure unregisterHost(void *memory) override {
    return check("unregister host memory", cuda.cuMemHostUnregister(memory));
  }

  Failure createStream(void *&stream) override {
    return check("create a stream",
                 cuda.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
  }
  Failure destroyStream(void *stream) override {
    return check("destroy a stream", cuda.cuStreamDestroy(stream));
  }
  Failure synchronizeStream(void *stream) override {
    return check("run what a stream was given",
                 cuda.cuStreamSynchronize(stream));
  }
  Failure createEvent(void *&event) override {
    return check("create an event",
                 cuda.cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
  }
  Failure destroyEvent(void *event) override {
    return check("destroy an event", cuda.cuEventDestroy(event));
  }
  Failure recordEvent(void *event, void *stream) override {
    return check("record an event", cuda.cuEventRecord(event, stream));
  }
  Failure synchronizeEvent(void *event) override {
    return check("wait for an event", cuda.cuEventSynchronize(event));
  }
  Failure waitForEvent(void *stream, void *event) override {
    return check("let a stream wait", cuda.cuStreamWaitEvent(stream, event, 0));
  }

private:
  static CUdeviceptr address(const void *memory) {
    return reinterpret_cast<CUdeviceptr>(memory);
  }
  Failure check(const std::string &what, CUresult result) const {
    if (result == CUDA_SUCCESS)
      return {};
    return describe() + " cannot " + what + ": " + cuda.describe(result);
  }

  const CudaDriver &cuda;
  int index;
  CUdevice device = 0;
  CUcontext context = nullptr;
  std::string name = "unknown";
};

} // namespace

Failure CudaDevice::open() {
  int count = 0;
  if (Failure failure = check("be counted", cuda.cuDeviceGetCount(&count)))
    return failure;
  if (index < 0 || index >= count)
    return "there is no GPU number " + std::to_string(index) +
           ": the CUDA "
           "driver knows " +
           std::to_string(count);
  if (Failure failure = check("be found", cuda.cuDeviceGet(&device, index)))
    return failure;
  char text[256] = {};
  if (cuda.cuDeviceGetName(text, sizeof(text) - 1, device) == CUDA_SUCCESS)
    name = text;
  return check("be opened", cuda.cuDevicePrimaryCtxRetain(&context, device));
}

Failure CudaDevice::launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                           uint32_t sharedBytes, void *stream,
                           void **parameters) {
  // What every kernel may have without asking.
  constexpr uint32_t freeBytes = 48 << 10;
  if (sharedBytes > freeBytes)
    if (Failure failure =
            check("give a kernel " + std::to_string(sharedBytes) +
                      " bytes of shared memory",
                  cuda.cuFuncSetAttribute(
                      function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                      static_cast<int>(sharedBytes))))
      return failure;
  return check("launch a kernel",
               cuda.cuLaunchKernel(function, grid.x, grid.y, grid.z, block.x,
                                   block.y, block.z, sharedBytes, stream,
                                   parameters, nullptr));
}

Failure CudaDevice::allocate(size_t bytes, bool isShared, void *&memory) {
  CUdeviceptr pointer = 0;
  // The driver does not allocate nothing.
  size_t least = bytes ? bytes : 1;
  CUresult result =
      isShared ? cuda.cuMemAllocManaged(&pointer, least, CU_MEM_ATTACH_GLOBAL)
               : cuda.cuMemAlloc(&pointer, least);
  memory = reinterpret_cast<void *>(pointer);
  return check("allocate " + std::to_string(bytes) + " bytes", result);
}

DeviceOrFailure lowbit::runtime::openCuda(int index) {
  std::string reason;
  const CudaDriver *driver = CudaDriver::open(reason);
  if (!driver)
    return reason;
  auto device = std::make_unique<CudaDevice>(*driver, index);
  if (Failure failure = device->open())
    return *failure;
  return device;
}
