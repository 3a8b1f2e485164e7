//===- MgpuCallsTest.cpp - The calls of compiled host code ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Device.h"
#include "lowbit/Runtime/EmulatedModule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

using namespace lowbit;
using namespace lowbit::runtime;
using testing::HasSubstr;

extern "C" {
void *mgpuModuleLoad(void *data, size_t bytes);
void *mgpuModuleGetFunction(void *module, const char *name);
void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **parameters, void **extra, size_t numParameters);
void *mgpuStreamCreate();
void mgpuStreamSynchronize(void *stream);
void *mgpuMemAlloc(uint64_t bytes, void *stream, bool isHostShared);
void mgpuMemFree(void *memory, void *stream);
void mgpuMemcpy(void *to, void *from, size_t bytes, void *stream);
void mgpuMemset32(void *memory, unsigned value, size_t count, void *stream);
void mgpuMemset16(void *memory, unsigned short value, size_t count,
                  void *stream);
void mgpuMemHostRegisterMemRef(int64_t rank, void *memref,
                               int64_t elementBytes);
void mgpuMemHostUnregisterMemRef(int64_t rank, void *memref,
                                 int64_t elementBytes);
}

namespace {

const LowbitSimtSite load{LOWBIT_SIMT_LOAD, 0, 0, {4, 1, 4}, 0, "load"};
const LowbitSimtSite store{LOWBIT_SIMT_STORE, 0, 0, {4, 1, 4}, 0, "store"};

/// x[i] += a, with the accesses told to the emulator.
void add(void **parameters) {
  auto *x = *static_cast<float **>(parameters[0]);
  float a = *static_cast<float *>(parameters[1]);
  uint32_t i = lowbit_simt_sreg(LOWBIT_SIMT_CTAID_X) *
                   lowbit_simt_sreg(LOWBIT_SIMT_NTID_X) +
               lowbit_simt_sreg(LOWBIT_SIMT_TID_X);
  lowbit_simt_access(&load, x + i);
  float value = x[i];
  lowbit_simt_access(&store, x + i);
  x[i] = value + a;
}

class MgpuCallsTest : public testing::Test {
protected:
  MgpuCallsTest() {
    registerAdd(this, {0, 0, {32, 1, 1}, 0, 0, nullptr});
    setDevice(createEmulator());
    static_cast<void>(takeFailure());
  }
  ~MgpuCallsTest() override {
    setDevice(nullptr);
    lowbit_runtime_unregister_program(this);
  }

  static void registerAdd(const void *program, LowbitEmulatedKernel properties,
                          LowbitSimtEntry entry = add) {
    const uint64_t parameterBytes[] = {sizeof(float *), sizeof(float)};
    properties.parameters = 2;
    properties.parameterBytes = parameterBytes;
    lowbit_runtime_register_kernel(program, "m", "add", entry, &properties);
  }

  static void *getFunction(const char *name = "add") {
    static char image[] = LOWBIT_EMULATED_MODULE_MAGIC "m";
    return mgpuModuleGetFunction(mgpuModuleLoad(image, sizeof(image) - 1),
                                 name);
  }

  static void launch(void *function, float *x, intptr_t blocks,
                     int32_t sharedBytes = 0, intptr_t threads = 32,
                     void *stream = nullptr) {
    float a = 1.5f;
    void *parameters[] = {&x, &a};
    mgpuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, sharedBytes, stream,
                     parameters, nullptr, 2);
  }

  std::string failure() { return takeFailure().value_or("none"); }
};

} // namespace

TEST_F(MgpuCallsTest, RunAKernelOnDeviceMemory) {
  std::vector<float> host(64);
  std::iota(host.begin(), host.end(), 0.0f);
  void *stream = mgpuStreamCreate();
  void *device = mgpuMemAlloc(256, stream, false);
  mgpuMemcpy(device, host.data(), 256, stream);
  launch(getFunction(), static_cast<float *>(device), 2, 0, 32, stream);
  mgpuMemcpy(host.data(), device, 256, stream);
  mgpuStreamSynchronize(stream);
  mgpuMemFree(device, stream);
  EXPECT_EQ(failure(), "none");
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(host[i], i + 1.5f);
}

TEST_F(MgpuCallsTest, GiveBackWhatARunHasLeft) {
  void *before = mgpuMemAlloc(16, nullptr, false);
  beginRun();
  void *freed = mgpuMemAlloc(16, nullptr, false);
  void *kept = mgpuMemAlloc(16, nullptr, false);
  mgpuMemcpy(kept, &before, 8, mgpuStreamCreate());
  void *others = nullptr;
  std::thread([&] { others = mgpuMemAlloc(16, nullptr, false); }).join();
  mgpuMemFree(freed, nullptr);
  mgpuMemFree(nullptr, nullptr);
  mgpuMemFree(&before, nullptr);
  // Nothing is freed any more.
  mgpuMemFree(kept, nullptr);
  EXPECT_THAT(failure(), HasSubstr("free"));
  EXPECT_EQ(describeRun(), "1 allocation, 1 stream");
  endRun(/*isLeft=*/true);
  EXPECT_EQ(describeRun(), "");
  mgpuMemFree(kept, nullptr);
  EXPECT_THAT(failure(), HasSubstr("free"));
  for (void *memory : {before, others}) {
    mgpuMemFree(memory, nullptr);
    EXPECT_EQ(failure(), "none");
  }
}

// Waits of the run do nothing from then on, and its memory goes.
TEST_F(MgpuCallsTest, DoWhatARunWasGivenWhenItFails) {
  std::vector<float> host(32, 1.0f), result(32);
  beginRun();
  void *stream = mgpuStreamCreate();
  void *device = mgpuMemAlloc(128, stream, false);
  mgpuMemcpy(device, host.data(), 128, stream);
  mgpuMemcpy(result.data(), device, 128, stream);
  mgpuMemFree(&device, stream);
  EXPECT_EQ(result, host);
  EXPECT_THAT(failure(), HasSubstr("is freed that was not allocated"));
  // A run that is left waits before its memory goes.
  mgpuMemset32(device, 0, 32, stream);
  mgpuMemcpy(result.data(), device, 128, stream);
  EXPECT_EQ(result, host);
  waitForRun();
  EXPECT_EQ(result, std::vector<float>(32));
  endRun(/*isLeft=*/true);
  EXPECT_EQ(failure(), "none");
}

TEST_F(MgpuCallsTest, LeaveWhatARunThatEndedHas) {
  beginRun();
  void *memory = mgpuMemAlloc(16, nullptr, false);
  endRun(/*isLeft=*/false);
  beginRun();
  endRun(/*isLeft=*/true);
  mgpuMemFree(memory, nullptr);
  EXPECT_EQ(failure(), "none");
}

TEST_F(MgpuCallsTest, FillMemory) {
  std::vector<uint16_t> host(7);
  void *device = mgpuMemAlloc(14, nullptr, false);
  mgpuMemset32(device, 0x00020001, 3, nullptr);
  mgpuMemset16(static_cast<char *>(device) + 12, 9, 1, nullptr);
  mgpuMemcpy(host.data(), device, 14, nullptr);
  mgpuMemFree(device, nullptr);
  EXPECT_EQ(failure(), "none");
  EXPECT_EQ(host, (std::vector<uint16_t>{1, 2, 1, 2, 1, 2, 9}));
}

TEST_F(MgpuCallsTest, FindAccessesOutsideOfWhatIsAllocated) {
  void *device = mgpuMemAlloc(128, nullptr, false);
  launch(getFunction(), static_cast<float *>(device), 2);
  std::string text = failure();
  EXPECT_THAT(text, HasSubstr("kernel 'm.add': load: "));
  EXPECT_THAT(text, HasSubstr("block (1,0,0)"));
  mgpuMemFree(device, nullptr);
}

TEST_F(MgpuCallsTest, TakeHostMemoryThatIsRegistered) {
  std::vector<float> host(64, 1.0f);
  struct {
    float *allocated, *aligned;
    int64_t offset, size, stride;
  } memref{host.data(), host.data(), 0, 64, 1};
  mgpuMemHostRegisterMemRef(1, &memref, 4);
  launch(getFunction(), host.data(), 2);
  EXPECT_EQ(failure(), "none");
  EXPECT_EQ(host.back(), 2.5f);
  mgpuMemHostUnregisterMemRef(1, &memref, 4);
  // Now there is no memory at all that kernels may touch.
  launch(getFunction(), host.data(), 2);
  EXPECT_THAT(failure(), HasSubstr("kernel 'm.add'"));
  EXPECT_EQ(host.back(), 2.5f);
}

TEST_F(MgpuCallsTest, TakeALaunchWithoutBlocksForNothing) {
  launch(getFunction(), nullptr, 0);
  EXPECT_EQ(failure(), "none");
  // What does not fit in 32 bits is not cut to 0.
  launch(getFunction(), nullptr, intptr_t{1} << 32);
  EXPECT_THAT(failure(), HasSubstr("is empty or too large"));
}

TEST_F(MgpuCallsTest, HoldALaunchToWhatTheKernelWasCompiledFor) {
  registerAdd(this, {1024, 101376, {32, 1, 1}, 0, 0, nullptr});
  auto *device = static_cast<float *>(mgpuMemAlloc(256, nullptr, false));
  launch(getFunction(), device, 2, 100352);
  EXPECT_EQ(failure(), "none");
  launch(getFunction(), device, 2, 100353);
  EXPECT_EQ(failure(), "kernel 'm.add': 101377 bytes of shared memory are more "
                       "than the 101376 of a block on its chip");
  launch(getFunction(), device, 1, 0, 64);
  EXPECT_EQ(failure(), "kernel 'm.add': its blocks have 32 x 1 x 1 threads "
                       "(nvvm.reqntid), not 64 x 1 x 1");
  registerAdd(this, {});
  launch(getFunction(), device, 1, 0, 64);
  EXPECT_EQ(failure(), "none");
  mgpuMemFree(device, nullptr);
}

TEST_F(MgpuCallsTest, KeepProgramsWithModulesOfOneNameApart) {
  // What the second does to x is another thing.
  auto addTwice = [](void **parameters) {
    add(parameters);
    add(parameters);
  };
  std::vector<float> host(32);
  auto *device = static_cast<float *>(mgpuMemAlloc(128, nullptr, false));
  mgpuMemset32(device, 0, 32, nullptr);
  void *first = getFunction();
  int other = 0;
  registerAdd(&other, {}, addTwice);
  void *second = getFunction();
  // A third starts on another thread, between registering and loading here.
  int third = 0;
  std::thread([&] { registerAdd(&third, {}); }).join();
  EXPECT_EQ(getFunction(), second);
  launch(first, device, 1);
  launch(second, device, 1);
  lowbit_runtime_unregister_program(&other);
  launch(first, device, 1);
  mgpuMemcpy(host.data(), device, 128, nullptr);
  mgpuMemFree(device, nullptr);
  EXPECT_EQ(failure(), "none");
  EXPECT_EQ(host.back(), 4 * 1.5f);
  EXPECT_EQ(getFunction(), first);
  lowbit_runtime_unregister_program(this);
  lowbit_runtime_unregister_program(&third);
  EXPECT_EQ(getFunction(), nullptr);
  EXPECT_THAT(failure(), HasSubstr("no kernel of the module 'm'"));
}

TEST_F(MgpuCallsTest, FindCopiesAndFillsBeyondAnAllocation) {
  std::vector<char> host(256);
  auto *device = static_cast<char *>(mgpuMemAlloc(100, nullptr, false));
  mgpuMemcpy(device + 50, host.data(), 50, nullptr);
  mgpuMemcpy(host.data(), device + 100, 0, nullptr);
  EXPECT_EQ(failure(), "none");
  mgpuMemcpy(device + 50, host.data(), 51, nullptr);
  EXPECT_EQ(failure(), "a copy writes 51 bytes at offset 50 of an allocation "
                       "of 100 bytes");
  mgpuMemcpy(host.data(), device, 101, nullptr);
  EXPECT_EQ(failure(),
            "a copy reads 101 bytes at offset 0 of an allocation of 100 bytes");
  mgpuMemset32(device, 0, 26, nullptr);
  EXPECT_EQ(failure(), "a fill writes 104 bytes at offset 0 of an allocation "
                       "of 100 bytes");
  mgpuMemcpy(nullptr, host.data(), 4, nullptr);
  EXPECT_EQ(failure(), "a copy writes no memory: its address is null");
  mgpuMemFree(device, nullptr);
}

TEST_F(MgpuCallsTest, LetTheHostTouchSharedMemoryOnly) {
  auto *shared = static_cast<float *>(mgpuMemAlloc(128, nullptr, true));
  shared[31] = 1.0f;
  launch(getFunction(), shared, 1);
  EXPECT_EQ(shared[31], 2.5f);
  mgpuMemFree(shared, nullptr);
  auto *device = static_cast<float *>(mgpuMemAlloc(128, nullptr, false));
  EXPECT_DEATH(
      {
        device[31] = 1.0f;
        std::printf("%f", static_cast<double>(device[31]));
      },
      "");
  mgpuMemFree(device, nullptr);
  EXPECT_EQ(failure(), "none");
}

TEST_F(MgpuCallsTest, DoNothingAfterAFailureUntilItIsTaken) {
  EXPECT_EQ(getFunction("subtract"), nullptr);
  EXPECT_EQ(mgpuMemAlloc(4, nullptr, false), nullptr);
  EXPECT_EQ(failure(), "the module has no kernel 'subtract'");
  void *device = mgpuMemAlloc(4, nullptr, false);
  EXPECT_NE(device, nullptr);
  mgpuMemFree(device, nullptr);
  mgpuMemFree(device, nullptr);
  EXPECT_EQ(failure(),
            "device memory is freed that was not allocated, or twice");
}

TEST_F(MgpuCallsTest, FailOnOneThreadOnly) {
  std::vector<float> host(32);
  void *device = mgpuMemAlloc(128, nullptr, false);
  void *function = getFunction();
  mgpuMemset32(device, 0, 32, nullptr);
  std::thread([&] {
    mgpuMemFree(&device, nullptr);
    // Skipped, as all calls of this thread from here on.
    mgpuMemset32(device, 0xffffffff, 32, nullptr);
    // Nobody takes a failure of the other.
    std::thread([&] { EXPECT_EQ(failure(), "none"); }).join();
    EXPECT_THAT(failure(), HasSubstr("is freed that was not allocated"));
  }).join();
  mgpuMemFree(&host, nullptr);
  std::thread([&] {
    launch(function, static_cast<float *>(device), 1);
    EXPECT_EQ(failure(), "none");
  }).join();
  EXPECT_THAT(failure(), HasSubstr("is freed that was not allocated"));
  mgpuMemcpy(host.data(), device, 128, nullptr);
  mgpuMemFree(device, nullptr);
  EXPECT_EQ(failure(), "none");
  EXPECT_EQ(host, std::vector<float>(32, 1.5f));
}

TEST_F(MgpuCallsTest, KeepFailuresOfScopesApart) {
  mgpuMemFree(this, nullptr);
  testing::internal::CaptureStderr();
  {
    DeviceScope outer(createEmulator());
    mgpuMemFree(mgpuMemAlloc(4, nullptr, false), nullptr);
    DeviceScope inner(nullptr);
    mgpuMemset32(nullptr, 0, 1, nullptr);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "lowbit runtime: a fill writes no memory: its address is null\n");
  EXPECT_THAT(failure(), HasSubstr("is freed that was not allocated"));
}

TEST_F(MgpuCallsTest, RejectImagesThatAreNotForTheEmulator) {
  char ptx[] = "//\n// Generated by LLVM NVPTX Back-End\n//";
  mgpuModuleLoad(ptx, sizeof(ptx));
  EXPECT_THAT(failure(),
              HasSubstr("the emulator was given a module for a GPU"));
  char unknown[] = LOWBIT_EMULATED_MODULE_MAGIC "n";
  mgpuModuleLoad(unknown, sizeof(unknown) - 1);
  EXPECT_THAT(failure(), HasSubstr("no kernel of the module 'n'"));
}

TEST(DeviceTest, SaysWhatIsWrongWithoutADriver) {
  DeviceOrFailure opened = openCuda(1000);
  auto *message = std::get_if<std::string>(&opened);
  ASSERT_NE(message, nullptr);
  EXPECT_THAT(*message,
              testing::AnyOf(HasSubstr("install NVIDIA's driver, or run on the "
                                       "emulator"),
                             HasSubstr("the CUDA driver does not start"),
                             HasSubstr("there is no GPU number 1000")));
}

TEST(DeviceTest, IsWhatTheEnvironmentNames) {
  setDevice(nullptr);
  static_cast<void>(takeFailure());
  setenv("LOWBIT_DEVICE", "toaster", 1);
  EXPECT_EQ(mgpuStreamCreate(), nullptr);
  EXPECT_EQ(takeFailure().value_or(""),
            "LOWBIT_DEVICE is 'toaster', which is no device: there are cuda "
            "and emulator");
  setenv("LOWBIT_DEVICE", "emulator", 1);
  EXPECT_NE(mgpuStreamCreate(), nullptr);
  EXPECT_EQ(getDevice()->describe(), "emulator");
  setDevice(nullptr);
}
