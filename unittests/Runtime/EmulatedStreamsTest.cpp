//===- EmulatedStreamsTest.cpp - Host code that has to wait ---------------===//
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

#include <array>
#include <sys/mman.h>
#include <thread>

using namespace lowbit;
using namespace lowbit::runtime;
using testing::HasSubstr;

namespace {

using Numbers = std::array<uint32_t, 8>;
constexpr Numbers ones = {1, 1, 1, 1, 1, 1, 1, 1};
constexpr Numbers twos = {2, 2, 2, 2, 2, 2, 2, 2};
constexpr Numbers unwritten = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u};

/// x[i] *= a
void multiply(void **parameters) {
  auto *x = *static_cast<uint32_t **>(parameters[0]);
  x[lowbit_simt_sreg(LOWBIT_SIMT_TID_X)] *=
      *static_cast<uint8_t *>(parameters[1]);
}

class EmulatedStreamsTest : public testing::Test {
protected:
  EmulatedStreamsTest() {
    const uint64_t parameterBytes[] = {sizeof(void *), 1};
    LowbitEmulatedKernel properties{0, 0, {8, 1, 1}, 0, 2, parameterBytes};
    lowbit_runtime_register_kernel(this, "m", "multiply", multiply,
                                   &properties);
    void *module = nullptr;
    expect(device->loadModule(LOWBIT_EMULATED_MODULE_MAGIC "m", 0, module));
    expect(device->getFunction(module, "multiply", function));
    expect(device->createStream(stream));
    expect(device->createStream(other));
    expect(device->createEvent(event));
    expect(device->allocate(sizeof(Numbers), false, memory));
  }
  ~EmulatedStreamsTest() override {
    device.reset();
    lowbit_runtime_unregister_program(this);
  }

  static void expect(Failure failure) {
    EXPECT_EQ(failure.value_or("none"), "none");
  }
  static void expect(Failure failure, const char *text) {
    EXPECT_EQ(failure.value_or("none"), text);
  }
  void upload(const Numbers &from, void *stream) {
    expect(device->copy(memory, &from, sizeof(from), stream));
  }
  void download(Numbers &to, void *stream) {
    expect(device->copy(&to, memory, sizeof(to), stream));
  }
  Failure launch(uint8_t factor, void *stream) {
    void *parameters[] = {&memory, &factor};
    Failure failure = device->launch(function, {1}, {8}, 0, stream, parameters);
    factor = 0;
    return failure;
  }
  /// What is in device memory now.
  Numbers look() {
    Numbers now{};
    download(now, nullptr);
    return now;
  }

  std::unique_ptr<Device> device = createEmulator();
  void *function, *stream, *other, *event, *memory;
};

} // namespace

TEST_F(EmulatedStreamsTest, DoNothingUntilSomebodyWaits) {
  Numbers from = ones, to{};
  upload(from, stream);
  expect(launch(2, stream));
  download(to, stream);
  EXPECT_EQ(to, Numbers());
  EXPECT_EQ(look(), unwritten);
  expect(device->synchronizeStream(other));
  EXPECT_EQ(to, Numbers());
  expect(device->synchronizeStream(stream));
  EXPECT_EQ(to, twos);
  expect(device->fill(memory, 7, 4, 8, stream));
  EXPECT_EQ(look(), twos);
  expect(device->synchronizeStream(stream));
  EXPECT_EQ(look().back(), 7u);
}

TEST_F(EmulatedStreamsTest, ReadMemoryOfTheHostWhenTheyCopyIt) {
  Numbers from = ones;
  upload(from, stream);
  from = twos;
  expect(device->synchronizeStream(stream));
  EXPECT_EQ(look(), twos);
  void *pages = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(device->copy(memory, pages, sizeof(Numbers), stream));
  expect(device->copy(pages, memory, sizeof(Numbers), other));
  munmap(pages, 4096);
  expect(device->synchronizeStream(stream),
         "a copy reads from memory that is there no more");
  expect(device->synchronizeStream(other),
         "a copy writes to memory that is there no more");
}

TEST_F(EmulatedStreamsTest, DoAllThatTheyWereGivenBeforeMemoryIsFreed) {
  Numbers to{};
  void *more = nullptr;
  expect(device->allocate(4, false, more));
  download(to, stream);
  expect(device->destroyStream(stream));
  EXPECT_EQ(to, Numbers());
  expect(device->free(more));
  EXPECT_EQ(to, unwritten);
}

TEST_F(EmulatedStreamsTest, WaitForEvents) {
  Numbers to{};
  upload(ones, stream);
  expect(device->recordEvent(event, stream));
  expect(launch(2, stream));
  // What was recorded, not what comes after it.
  expect(device->waitForEvent(other, event));
  expect(device->recordEvent(event, nullptr));
  download(to, other);
  expect(device->synchronizeStream(other));
  EXPECT_EQ(to, ones);
  // The default stream had nothing to do.
  expect(device->synchronizeEvent(event));
  EXPECT_EQ(look(), ones);
  expect(device->recordEvent(event, stream));
  expect(device->destroyStream(stream));
  expect(device->synchronizeEvent(event));
  EXPECT_EQ(look(), twos);
  void *fresh = nullptr;
  expect(device->createEvent(fresh));
  expect(device->synchronizeEvent(fresh));
  expect(device->waitForEvent(nullptr, fresh));
}

TEST_F(EmulatedStreamsTest, StopAtWhatFails) {
  void *none = nullptr, *parameters[] = {&none, &none};
  expect(device->launch(function, {1}, {8}, 0, stream, parameters));
  upload(ones, stream);
  expect(device->recordEvent(event, stream));
  EXPECT_THAT(device->synchronizeStream(stream).value_or("none"),
              HasSubstr("kernel 'm.multiply': "));
  expect(device->synchronizeEvent(event));
  EXPECT_EQ(look(), unwritten);
  upload(twos, stream);
  expect(device->synchronizeStream(stream));
  EXPECT_EQ(look(), twos);
}

TEST_F(EmulatedStreamsTest, AreKnown) {
  Numbers host{};
  expect(device->destroyStream(stream));
  expect(device->destroyStream(stream),
         "the host destroys a stream, which has been destroyed");
  expect(device->synchronizeStream(stream),
         "the host waits for a stream, which has been destroyed");
  expect(device->copy(memory, &host, 4, stream),
         "a copy is given to a stream, which has been destroyed");
  expect(device->fill(memory, 0, 4, 1, event),
         "a fill is given to a stream, which has never been made");
  expect(launch(1, this), "kernel 'm.multiply': a launch is given to a stream, "
                          "which has never been made");
  expect(device->waitForEvent(stream, event),
         "a wait is given to a stream, which has been destroyed");
  expect(device->recordEvent(event, stream),
         "the host records an event of a stream, which has been destroyed");
  expect(device->destroyEvent(event));
  expect(device->destroyEvent(event),
         "the host destroys an event, which has been destroyed");
  expect(device->recordEvent(event, other),
         "the host records an event, which has been destroyed");
  expect(device->synchronizeEvent(nullptr),
         "the host waits for an event, which has never been made");
  expect(device->waitForEvent(other, event),
         "a stream waits for an event, which has been destroyed");
  // Handles are not used again.
  void *made = nullptr;
  expect(device->createStream(made));
  EXPECT_NE(made, stream);
}

TEST_F(EmulatedStreamsTest, WorkForSeveralThreads) {
  upload(ones, stream);
  expect(device->recordEvent(event, stream));
  auto use = [&](void *own) {
    expect(device->waitForEvent(own, event));
    for (int turn = 0; turn < 100; ++turn) {
      Numbers to{};
      download(to, own);
      expect(device->synchronizeStream(own));
      EXPECT_EQ(to, ones);
    }
  };
  std::thread thread(use, stream);
  use(other);
  thread.join();
}
