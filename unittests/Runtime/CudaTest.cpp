//===- CudaTest.cpp - Calls of NVIDIA's driver ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"
#include "lowbit/Runtime/Device.h"

#include <gtest/gtest.h>

#include <thread>

using namespace lowbit::runtime;

extern "C" {
int cuCtxSetCurrent(void *context);
void *mgpuModuleLoad(void *data, size_t bytes);
void *mgpuModuleGetFunction(void *module, const char *name);
void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **parameters, void **extra, size_t numParameters);
void *mgpuMemAlloc(uint64_t bytes, void *stream, bool isHostShared);
void mgpuMemFree(void *memory, void *stream);
}

namespace {

class CudaTest : public testing::Test {
protected:
  CudaTest() {
    DeviceOrFailure opened = openCuda();
    if (auto *device = std::get_if<std::unique_ptr<Device>>(&opened))
      setDevice(std::move(*device));
    else
      ADD_FAILURE() << std::get<std::string>(opened);
    static_cast<void>(takeFailure());
  }
  ~CudaTest() override { setDevice(nullptr); }

  static void launch(intptr_t blocks) {
    void *module = mgpuModuleLoad(nullptr, 0);
    mgpuLaunchKernel(mgpuModuleGetFunction(module, "k"), blocks, 1, 1, 32, 1, 1,
                     0, nullptr, nullptr, nullptr, 0);
  }
};

} // namespace

TEST_F(CudaTest, HasItsContextOnEveryThread) {
  launch(1);
  std::thread([] {
    launch(1);
    mgpuMemFree(mgpuMemAlloc(16, nullptr, false), nullptr);
  }).join();
  // Others use the driver as well.
  cuCtxSetCurrent(nullptr);
  launch(1);
  EXPECT_EQ(takeFailure().value_or("none"), "none");
  EXPECT_EQ(fakeCudaCounts().launches, 3);
  EXPECT_EQ(fakeCudaCounts().allocations, 1);
  EXPECT_EQ(fakeCudaCounts().strangers, 0);
}

TEST_F(CudaTest, StandsBesideTheEmulator) {
  int before = fakeCudaCounts().allocations;
  auto emulator = std::shared_ptr<Device>(createEmulator());
  void *emulated, *real = mgpuMemAlloc(16, nullptr, false);
  {
    DeviceScope scope(emulator);
    EXPECT_EQ(getDevice(), emulator);
    emulated = mgpuMemAlloc(16, nullptr, false);
    std::thread([] {
      mgpuMemFree(mgpuMemAlloc(16, nullptr, false), nullptr);
    }).join();
  }
  EXPECT_EQ(fakeCudaCounts().allocations, before + 2);
  mgpuMemFree(real, nullptr);
  DeviceScope scope(emulator);
  mgpuMemFree(emulated, nullptr);
  EXPECT_EQ(takeFailure().value_or("none"), "none");
}

// What a run has left goes back to the device that has it.
TEST_F(CudaTest, GetsBackWhatARunHasLeftThere) {
  int before = fakeCudaCounts().freed;
  beginRun();
  mgpuMemAlloc(16, nullptr, false);
  setDevice(createEmulator());
  endRun(/*isLeft=*/true);
  EXPECT_EQ(fakeCudaCounts().freed, before + 1);
  EXPECT_EQ(takeFailure().value_or("none"), "none");
}

TEST_F(CudaTest, IsKeptWhileItIsUsed) {
  std::shared_ptr<Device> device = getDevice();
  DeviceScope scope(device);
  setDevice(nullptr);
  mgpuMemFree(mgpuMemAlloc(16, nullptr, false), nullptr);
  EXPECT_EQ(getDevice(), device);
  EXPECT_EQ(takeFailure().value_or("none"), "none");
}

TEST_F(CudaTest, TakesALaunchWithoutBlocksForNothing) {
  int before = fakeCudaCounts().launches;
  launch(0);
  EXPECT_EQ(takeFailure().value_or("none"), "none");
  EXPECT_EQ(fakeCudaCounts().launches, before);
}
