//===- MemoryTest.cpp - cp.async and atomics against their definitions ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <vector>

using namespace device;
using lowbit::simt::Completion;

namespace {

const Completion completions[] = {Completion::Lazy, Completion::Eager,
                                  Completion::Random};

//===----------------------------------------------------------------------===//
// cp.async
//===----------------------------------------------------------------------===//

/// Copies 64 tiles of 128 * 4 bytes through three stages, each thread a part,
/// and sums them up reversed.
void pipeline(void **parameters) {
  static const Site copy = copySite(4, "cp.async");
  static const Site ld = loadSite(4, sharedSpace, "ld");
  constexpr unsigned stages = 3, tiles = 16;
  uint32_t *in = argument<uint32_t>(parameters);
  uint32_t sum = 0;
  auto issue = [&](unsigned tile) {
    if (tile < tiles)
      op(copy, {bits(shared<uint32_t>() + tile % stages * 128 + thread()),
                bits(in + tile * 128 + thread()), 4});
    commit();
  };
  for (unsigned tile = 0; tile < stages - 1; ++tile)
    issue(tile);
  for (unsigned tile = 0; tile < tiles; ++tile) {
    wait<stages - 2>();
    barrier();
    issue(tile + stages - 1);
    sum += load(ld, shared<uint32_t>() + tile % stages * 128 + 127 - thread());
  }
  in[tiles * 128 + thread()] = sum;
}

TEST(CopyAsync, PipelineInEveryModeAndOrder) {
  for (Completion completion : completions)
    for (bool checks : {false, true})
      for (uint64_t seed = 0; seed < 8; ++seed) {
        std::vector<uint32_t> memory(17 * 128);
        for (size_t i = 0; i < 16 * 128; ++i)
          memory[i] = i * 2654435761u;
        Options options;
        options.completion = completion;
        options.checks = checks;
        options.randomOrder = seed > 0;
        options.seed = seed;
        expectClean(run(pipeline, memory.data(), 128, 3 * 512, options));
        for (unsigned thread = 0; thread < 128; ++thread) {
          uint32_t sum = 0;
          for (unsigned tile = 0; tile < 16; ++tile)
            sum += memory[tile * 128 + 127 - thread];
          ASSERT_EQ(memory[16 * 128 + thread], sum);
        }
      }
}

TEST(CopyAsync, SizesAndZeroFill) {
  for (Completion completion : completions) {
    std::vector<uint8_t> memory(3 * 17 * 16 + 64);
    for (size_t i = 0; i < 64; ++i)
      memory[i] = i + 1;
    Options options;
    options.completion = completion;
    expectClean(run(
        [](void **parameters) {
          static const Site sites[] = {copySite(4, "4"), copySite(8, "8"),
                                       copySite(16, "16")};
          uint8_t *in = argument<uint8_t>(parameters), *out = in + 64;
          for (unsigned s = 0; s < 3; ++s)
            for (uint64_t read = 0; read <= (4u << s); ++read) {
              // At 0 the source is not touched.
              op(sites[s], {bits(shared<char>()),
                            read ? bits(in + 16) : uint64_t(3), read});
              wait<LOWBIT_SIMT_WAIT_ALL>();
              std::memcpy(out + (s * 17 + read) * 16, shared<char>(), 16);
              std::memset(shared<char>(), 0xff, 16);
            }
        },
        memory.data(), 1, 16, options));
    for (unsigned s = 0; s < 3; ++s)
      for (unsigned read = 0; read <= (4u << s); ++read)
        for (unsigned i = 0; i < 16; ++i) {
          unsigned expected = i < read ? 17 + i : i < (4u << s) ? 0 : 0xff;
          EXPECT_EQ(memory[64 + (s * 17 + read) * 16 + i], expected);
        }
  }
}

TEST(CopyAsync, GroupsLandInTheirOrder) {
  std::vector<uint32_t> memory{11, 22, 33, 0, 0, 0};
  Options options;
  options.checks = false;
  expectClean(run(
      [](void **parameters) {
        static const Site copy = copySite(4, "cp.async");
        uint32_t *in = argument<uint32_t>(parameters);
        volatile uint32_t *out = shared<uint32_t>();
        for (unsigned i = 0; i < 3; ++i) {
          op(copy, {bits(shared<uint32_t>() + i), bits(in + i), 4});
          commit();
        }
        // Lazily: what may still be on its way is not there.
        wait<2>();
        in[3] = (out[0] == 11) | (out[1] == full) << 1 | (out[2] == full) << 2;
        wait<1>();
        in[4] = (out[0] == 11) | (out[1] == 22) << 1 | (out[2] == full) << 2;
        wait<0>();
        in[5] = (out[0] == 11) | (out[1] == 22) << 1 | (out[2] == 33) << 2;
      },
      memory.data(), 1, 16, options));
  EXPECT_EQ(memory, (std::vector<uint32_t>{11, 22, 33, 7, 7, 7}));
}

//===----------------------------------------------------------------------===//
// Atomics
//===----------------------------------------------------------------------===//

struct AtomicCase {
  uint32_t kind, type;
  uint64_t before, value, swap, after;
};

/// Once in global, once in shared memory.
void atomicOnce(void **parameters) {
  auto *test = argument<AtomicCase>(parameters);
  bool isSwap = test->kind == LOWBIT_SIMT_ATOMIC_CAS;
  Site site = makeSite(LOWBIT_SIMT_ATOMIC, isSwap ? 3 : 2, 1,
                       {test->kind, test->type, 0});
  static const Site st = storeSite(8, sharedSpace, "st");
  store(st, shared<uint64_t>(), test->before);
  for (uint64_t *word : {shared<uint64_t>(), &test->after}) {
    test->after = test->before;
    uint64_t old = 0;
    op(site, {bits(word), test->value, test->swap}, &old);
    EXPECT_EQ(old, test->before);
  }
  EXPECT_EQ(*shared<uint64_t>(), test->after);
}

void expectAtomic(uint32_t kind, uint32_t type, uint64_t before, uint64_t value,
                  uint64_t after, uint64_t swap = 0) {
  AtomicCase test{kind, type, before, value, swap, 0};
  expectClean(run(atomicOnce, &test, 1, 8));
  EXPECT_EQ(test.after, after) << "kind " << kind << ", type " << type;
}

TEST(Atomics, Integers) {
  const uint32_t s32 = LOWBIT_SIMT_S32, s64 = LOWBIT_SIMT_S64;
  uint64_t minus1 = full;
  expectAtomic(LOWBIT_SIMT_ATOMIC_EXCHANGE, s32, 5, 7, 7);
  expectAtomic(LOWBIT_SIMT_ATOMIC_ADD, s32, minus1, 3, 2);
  expectAtomic(LOWBIT_SIMT_ATOMIC_ADD, s64, minus1, 3, minus1 + 3);
  expectAtomic(LOWBIT_SIMT_ATOMIC_SUB, s32, 2, 3, minus1);
  expectAtomic(LOWBIT_SIMT_ATOMIC_AND, s32, 12, 10, 8);
  expectAtomic(LOWBIT_SIMT_ATOMIC_OR, s32, 12, 10, 14);
  expectAtomic(LOWBIT_SIMT_ATOMIC_XOR, s32, 12, 10, 6);
  expectAtomic(LOWBIT_SIMT_ATOMIC_MAX, s32, minus1, 3, 3);
  expectAtomic(LOWBIT_SIMT_ATOMIC_MIN, s32, minus1, 3, minus1);
  expectAtomic(LOWBIT_SIMT_ATOMIC_UMAX, s32, minus1, 3, minus1);
  expectAtomic(LOWBIT_SIMT_ATOMIC_UMIN, s32, minus1, 3, 3);
  expectAtomic(LOWBIT_SIMT_ATOMIC_MAX, s64, ~uint64_t(0), 3, 3);
  expectAtomic(LOWBIT_SIMT_ATOMIC_INC, s32, 4, 5, 5);
  expectAtomic(LOWBIT_SIMT_ATOMIC_INC, s32, 5, 5, 0);
  expectAtomic(LOWBIT_SIMT_ATOMIC_DEC, s32, 0, 5, 5);
  expectAtomic(LOWBIT_SIMT_ATOMIC_DEC, s32, 9, 5, 5);
  expectAtomic(LOWBIT_SIMT_ATOMIC_DEC, s32, 3, 5, 2);
  expectAtomic(LOWBIT_SIMT_ATOMIC_CAS, s32, 3, 3, 8, 8);
  expectAtomic(LOWBIT_SIMT_ATOMIC_CAS, s32, 4, 3, 4, 8);
}

TEST(Atomics, Floats) {
  auto f32 = [](float value) { return std::bit_cast<uint32_t>(value); };
  auto f64 = [](double value) { return std::bit_cast<uint64_t>(value); };
  auto f16 = [](float x) { return lowbit::numerics::f16FromF32(x); };
  auto bf16 = [](float x) { return lowbit::numerics::bf16FromF32(x); };
  expectAtomic(LOWBIT_SIMT_ATOMIC_FADD, LOWBIT_SIMT_F32, f32(1.5f), f32(2),
               f32(3.5f));
  expectAtomic(LOWBIT_SIMT_ATOMIC_FMAX, LOWBIT_SIMT_F32, f32(-1), f32(-2),
               f32(-1));
  expectAtomic(LOWBIT_SIMT_ATOMIC_FMIN, LOWBIT_SIMT_F32, f32(-1), f32(-2),
               f32(-2));
  expectAtomic(LOWBIT_SIMT_ATOMIC_FADD, LOWBIT_SIMT_F64, f64(1.5), f64(2),
               f64(3.5));
  expectAtomic(LOWBIT_SIMT_ATOMIC_FADD, LOWBIT_SIMT_F16, f16(1.5f), f16(2),
               f16(3.5f));
  expectAtomic(LOWBIT_SIMT_ATOMIC_FADD, LOWBIT_SIMT_BF16X2,
               bf16(1.5f) | uint32_t(bf16(8)) << 16,
               bf16(2) | uint32_t(bf16(-1)) << 16,
               bf16(3.5f) | uint32_t(bf16(7)) << 16);
}

TEST(Atomics, OfAllThreadsOfAllBlocks) {
  uint32_t sum = 0;
  Options options;
  options.threads = 4;
  expectClean(run(
      [](void **parameters) {
        static const Site site =
            makeSite(LOWBIT_SIMT_ATOMIC, 2, 0,
                     {LOWBIT_SIMT_ATOMIC_ADD, LOWBIT_SIMT_S32, globalSpace});
        for (unsigned i = 0; i < 10; ++i)
          op(site, {bits(argument<uint32_t>(parameters)), 1});
      },
      &sum, 64, 0, options, {32, 1, 1}));
  EXPECT_EQ(sum, 10u * 64 * 32);
}

TEST(Atomics, WhoPollsLetsOthersRun) {
  uint32_t flag = 0;
  expectClean(run(
      [](void **parameters) {
        static const Site add =
            makeSite(LOWBIT_SIMT_ATOMIC, 2, 1,
                     {LOWBIT_SIMT_ATOMIC_ADD, LOWBIT_SIMT_S32, globalSpace});
        uint32_t *flag = argument<uint32_t>(parameters);
        if (thread() < 63)
          while (value(add, {bits(flag), 0}) == 0) {
          }
        else
          value(add, {bits(flag), 1});
      },
      &flag, 64));
  EXPECT_EQ(flag, 1u);
}

TEST(Atomics, WhoPollsWithYieldsLetsOthersRun) {
  uint32_t flag = 0;
  expectClean(run(
      [](void **parameters) {
        static const Site yield = makeSite(LOWBIT_SIMT_YIELD, 0, 0);
        auto *flag = argument<volatile uint32_t>(parameters);
        if (thread() < 63)
          while (*flag == 0)
            op(yield);
        else
          *flag = 1;
      },
      &flag, 64));
}

} // namespace
