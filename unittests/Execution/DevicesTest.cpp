//===- DevicesTest.cpp - Programs and their devices -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "UseDevice.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

using namespace lowbit;
using weights::DType;
using weights::HostTensor;

extern "C" {
void *mgpuMemAlloc(uint64_t bytes, void *stream, bool isHostShared);
void mgpuMemFree(void *memory, void *stream);
void *mgpuStreamCreate();
}

namespace {

/// Attention of `keys` equal keys: each row of the result is the mean of the
/// values. Lengths are of as many sequences as there are, or the run is left.
std::unique_ptr<Program> compile(int keys) {
  std::string size = "1x1x" + std::to_string(keys) + "x16xf16";
  CompileOptions options;
  options.device = DeviceKind::Emulator;
  return test::compile("!q = tensor<1x1x4x16xf16>\n!k = tensor<" + size +
                           R"mlir(>
func.func @main(%q: !q, %k: !k, %v: !k, %n: tensor<?xi32>) -> !q {
  %y = lowbit.attention %q, %k, %v scale = 0.25 kv_lengths(%n : tensor<?xi32>) : !q, !k, !k -> !q
  return %y : !q
})mlir",
                       options);
}

/// All elements are the f16 with these bits.
HostTensor makeTensor(int rows, uint16_t bits) {
  HostTensor tensor{DType::F16, {1, 1, rows, 16}, {}};
  std::vector<uint16_t> values(rows * 16, bits);
  tensor.bytes.resize(values.size() * sizeof(uint16_t));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

HostTensor makeLengths(int64_t count, int32_t length) {
  HostTensor tensor{DType::I32, {count}, {}};
  std::vector<int32_t> values(count, length);
  tensor.bytes.resize(values.size() * sizeof(int32_t));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

/// Runs with values of these bits and wants them back.
void expectMean(Program &program, int keys, uint16_t bits) {
  HostTensor query = makeTensor(4, 0x3c00), key = makeTensor(keys, 0x3c00),
             value = makeTensor(keys, bits), lengths = makeLengths(1, keys);
  auto results = program.run({&query, &key, &value, &lengths});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(results->front(), makeTensor(4, bits));
}

void expectLeft(Program &program, int keys) {
  HostTensor query = makeTensor(4, 0x3c00), key = makeTensor(keys, 0x3c00),
             lengths = makeLengths(3, keys);
  auto results = program.run({&query, &key, &key, &lengths});
  ASSERT_FALSE(bool(results));
  EXPECT_EQ(llvm::toString(results.takeError()),
            "run-time assertion failed: 'layer0': lengths are of another "
            "number of sequences");
}

} // namespace

TEST(DevicesTest, ProgramsRunSideBySide) {
  auto first = compile(32), second = compile(64);
  ASSERT_TRUE(first && second);
  auto runFirst = [&] {
    for (int turn = 0; turn < 8; ++turn)
      expectMean(*first, 32, 0x4000 + (turn << 4));
  };
  std::thread thread(runFirst);
  for (int turn = 0; turn < 8; ++turn) {
    expectLeft(*second, 64);
    expectMean(*second, 64, 0x3c00 + (turn << 4));
  }
  thread.join();
  // The device of one does not go with another.
  second.reset();
  runFirst();
}

// Nobody has taken a failure of this process, or ever will.
TEST(DevicesTest, FailuresOfOthersStayTheirs) {
  runtime::setDevice(runtime::createEmulator());
  int none = 0;
  mgpuMemFree(&none, nullptr);
  auto program = compile(32);
  ASSERT_TRUE(program);
  expectMean(*program, 32, 0x4000);
  EXPECT_TRUE(bool(runtime::takeFailure()));
  runtime::setDevice(nullptr);
}

TEST(DevicesTest, RunsGiveBackWhatTheyMake) {
  std::shared_ptr<runtime::Device> device = runtime::createEmulator();
  void *memory = nullptr;
  {
    DeviceRun run(device);
    mgpuMemFree(mgpuMemAlloc(4, nullptr, false), nullptr);
    EXPECT_FALSE(bool(run.end()));
  }
  {
    DeviceRun run(device);
    memory = mgpuMemAlloc(4, nullptr, false);
    mgpuMemAlloc(4, mgpuStreamCreate(), false);
    EXPECT_EQ(llvm::toString(run.end()),
              "the run ended and did not give back what it made on the "
              "device: 2 allocations, 1 stream");
  }
  EXPECT_TRUE(bool(device->free(memory)));
}
