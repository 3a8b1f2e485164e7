//===- LaunchTest.cpp - Who runs in which order; what is refused ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include "lowbit/Simt/GuardedBuffer.h"
#include "lowbit/Simt/Symbols.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

using namespace device;
using lowbit::simt::Detector;
using lowbit::simt::launch;

namespace {

TEST(Launch, EveryThreadRunsOnceWithItsPlace) {
  static std::mutex mutex;
  static std::set<std::array<uint32_t, 6>> seen;
  seen.clear();
  auto kernel = [](void **) {
    std::array<uint32_t, 6> place;
    for (unsigned i = 0; i < 3; ++i) {
      place[i] = lowbit_simt_sreg(LOWBIT_SIMT_CTAID_X + i);
      place[3 + i] = lowbit_simt_sreg(LOWBIT_SIMT_TID_X + i);
      ASSERT_LT(place[i], lowbit_simt_sreg(LOWBIT_SIMT_NCTAID_X + i));
      ASSERT_LT(place[3 + i], lowbit_simt_sreg(LOWBIT_SIMT_NTID_X + i));
    }
    uint32_t linear = place[3] + 5 * (place[4] + 7 * place[5]);
    ASSERT_EQ(lowbit_simt_sreg(LOWBIT_SIMT_LANEID), linear % 32);
    ASSERT_EQ(lowbit_simt_sreg(LOWBIT_SIMT_LANEMASK_LT),
              (1u << linear % 32) - 1);
    ASSERT_EQ(lowbit_simt_sreg(LOWBIT_SIMT_LANEMASK_GE), full << linear % 32);
    std::lock_guard lock(mutex);
    ASSERT_TRUE(seen.insert(place).second);
  };
  for (bool randomOrder : {false, true}) {
    seen.clear();
    Options options;
    options.threads = 3;
    options.randomOrder = randomOrder;
    expectClean(
        launch({"places", kernel}, {4, 3, 2}, {5, 7, 3}, 0, nullptr, options));
    EXPECT_EQ(seen.size(), 4u * 3 * 2 * 5 * 7 * 3);
  }
}

TEST(Launch, SharedMemoryIsLowAlignedAndPoisoned) {
  expectClean(run(
      [](void **) {
        auto address = bits(lowbit_simt_shared());
        EXPECT_LT(address, 1u << 31);
        EXPECT_EQ(address % (256 << 10), 0u);
        // Without telling: the value, not whether it is allowed.
        EXPECT_EQ(*shared<uint32_t>(996), full);
        *shared<uint32_t>(996) = 1;
        EXPECT_EQ(lowbit_simt_sreg(LOWBIT_SIMT_DYNAMIC_SMEM_SIZE), 1000u);
      },
      nullptr, 1, 1000, {}, {8, 1, 1}));
}

TEST(Launch, FloatingPointStateIsTheKernels) {
  float small = 1e-40f;
  for (bool flush : {false, true}) {
    float result = -1;
    void *pointers[] = {&small, &result};
    void *parameters[] = {&pointers[0], &pointers[1]};
    expectClean(launch({"flush",
                        [](void **parameters) {
                          volatile float value =
                              **static_cast<float **>(parameters[0]);
                          **static_cast<float **>(parameters[1]) = value * 2;
                        },
                        flush},
                       {}, {}, 0, parameters));
    EXPECT_EQ(result, flush ? 0 : small * 2);
  }
  volatile float after = small;
  EXPECT_NE(after * 2, 0);
}

TEST(Launch, TheFirstBlockWithAnErrorCounts) {
  static const Site site = makeSite(LOWBIT_SIMT_TRAP, 0, 0, {}, "here");
  for (unsigned threads : {1, 4}) {
    Options options;
    options.threads = threads;
    auto result = run(
        [](void **) {
          if (block() >= 5 && thread() == 3)
            lowbit_simt_trap(&site, "block 5 or later");
          barrier();
        },
        nullptr, 64, 0, options, {40, 1, 1});
    expectError(result, Detector::Trap, "here", "block 5 or later");
    EXPECT_EQ(result.error().cta.x, 5u);
    EXPECT_EQ(result.error().thread.x, 3u);
    EXPECT_EQ(result.error().text(),
              "here: trap: block 5 or later (block (5,0,0), thread (3,0,0))");
  }
}

TEST(Launch, ErrorsOfRandomSchedulesSayTheirSeed) {
  auto kernel = [](void **) {
    static const Site st = storeSite(4, sharedSpace, "k:store");
    warpBarrier();
    store(st, shared<uint32_t>(), thread());
  };
  Options options;
  options.seed = 42;
  auto plain = run(kernel, nullptr, 64, 16, options);
  ASSERT_FALSE(plain);
  EXPECT_FALSE(plain.error().seed);
  options.randomOrder = true;
  std::string first;
  for (unsigned threads : {1, 3}) {
    options.threads = threads;
    auto result = run(kernel, nullptr, 64, 16, options, {4, 1, 1});
    ASSERT_FALSE(result);
    std::string text = result.error().text();
    EXPECT_NE(text.find(", seed 42)"), std::string::npos) << text;
    if (first.empty())
      first = text;
    EXPECT_EQ(text, first);
  }
}

TEST(Launch, SymbolsAreThoseOfTheInterface) {
  auto all = lowbit::simt::symbols();
  EXPECT_EQ(all.size(), 6u);
  EXPECT_STREQ(all[0].name, "lowbit_simt_op");
  EXPECT_EQ(all[0].address, reinterpret_cast<void *>(lowbit_simt_op));
}

TEST(Launch, WhatCannotBeLaunched) {
  auto nothing = [](void **) {};
  auto refuse = [](const Result<Report> &result, const char *text) {
    expectError(result, Detector::InvalidLaunch, "", text);
  };
  refuse(run(nullptr, nullptr), "no entry");
  refuse(run(nothing, nullptr, 0), "1 to 1024 threads, not 0");
  refuse(run(nothing, nullptr, 1025), "1 to 1024 threads, not 1025");
  refuse(run(nothing, nullptr, 32, 0, {}, {0, 1, 1}), "empty or too large");
  refuse(run(nothing, nullptr, 32, 0, {}, {1, 70000, 1}), "empty or too large");
  refuse(run(nothing, nullptr, 32, (256 << 10) + 1), "256 KiB");
  Options options;
  options.stackBytes = 1000;
  refuse(run(nothing, nullptr, 32, 0, options), "a stack needs");
  std::optional<Result<Report>> inner;
  expectClean(run(
      [](void **parameters) {
        argument<std::optional<Result<Report>>>(parameters)
            ->emplace(run([](void **) {}, nullptr));
      },
      &inner, 1));
  ASSERT_TRUE(inner);
  refuse(*inner, "it is launched from a kernel");
}

TEST(Launch, FaultsEndTheLaunchAndNotTheProcess) {
  // Without checks: what the machine notices.
  Options options;
  options.checks = false;
  expectError(run(
                  [](void **) {
                    barrier();
                    if (thread() == 40)
                      *reinterpret_cast<volatile int *>(16) = 1;
                    barrier();
                  },
                  nullptr, 64, 0, options),
              Detector::OutOfBounds, "barrier", "where there is no memory");
  expectError(run([](void **) { *shared<volatile int>(4096) = 1; }, nullptr, 32,
                  4096, options),
              Detector::OutOfBounds, "",
              "offset 4096 of the 4096 bytes of shared memory");
  expectError(run([](void **) { __builtin_trap(); }, nullptr, 32, 0, options),
              Detector::Trap, "", "raised SIGILL");
  int divisor = 0;
  expectError(run(
                  [](void **parameters) {
                    barrier();
                    // In the text of the instruction, so that no compiler
                    // makes use of what C++ leaves open.
                    int quotient = 7, rest = 0;
                    __asm__ volatile("idivl %2"
                                     : "+a"(quotient), "+d"(rest)
                                     : "r"(*argument<int>(parameters)));
                  },
                  &divisor, 32, 0, options),
              Detector::Trap, "barrier",
              "raised SIGFPE (an integer division by zero) after bar.sync");

  std::optional<lowbit::simt::GuardedBuffer> buffer =
      lowbit::simt::GuardedBuffer::allocate(100);
  ASSERT_TRUE(buffer);
  EXPECT_EQ(buffer->size(), 100u);
  EXPECT_EQ(bits(buffer->data()) % 16, 0u);
  expectClean(run([](void **p) { argument<char>(p)[thread()] = 1; },
                  buffer->data(), 100, 0, options));
  expectError(run([](void **p) { argument<volatile char>(p)[112] = 1; },
                  buffer->data(), 1, 0, options),
              Detector::OutOfBounds, "", "where there is no memory");
}

#if !defined(__has_feature) || !__has_feature(address_sanitizer)
[[gnu::noinline]] int recurse(int *depth) {
  volatile char frame[1000];
  if (++*depth == 1000000)
    return 0;
  frame[0] = 1;
  return recurse(depth) + frame[0];
}

TEST(Launch, StackOverflow) {
  int depth = 0;
  expectError(run([](void **p) { recurse(argument<int>(p)); }, &depth, 1),
              Detector::OutOfBounds, "", "used up its stack of 65536 bytes");
  EXPECT_GT(depth, 50);
}
#endif

TEST(Launch, ManyLaunchesAtOnce) {
  std::vector<std::thread> hosts;
  std::atomic<unsigned> good = 0;
  for (unsigned host = 0; host < 4; ++host)
    hosts.emplace_back([&] {
      for (unsigned i = 0; i < 20; ++i) {
        std::vector<uint32_t> out(64 * 8);
        Options options;
        options.threads = 2;
        auto result = run(
            [](void **parameters) {
              uint32_t *mine = shared<uint32_t>();
              mine[thread()] = thread() + block();
              barrier();
              argument<uint32_t>(parameters)[block() * 64 + thread()] =
                  mine[63 - thread()];
            },
            out.data(), 64, 256, options, {8, 1, 1});
        bool right = bool(result);
        for (unsigned j = 0; j < out.size(); ++j)
          right &= out[j] == 63 - j % 64 + j / 64;
        good += right;
      }
    });
  for (std::thread &host : hosts)
    host.join();
  EXPECT_EQ(good, 80u);
}

} // namespace
