//===- RacesTest.cpp - Kernels that race, or do not wait, and who finds it ===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include <sys/resource.h>
#include <vector>

using namespace device;
using lowbit::simt::Completion;
using lowbit::simt::Detector;

namespace {

constexpr Site st = storeSite(4, sharedSpace, "k:store");
constexpr Site ld = loadSite(4, sharedSpace, "k:load");
constexpr Site copy16 = copySite(16, "k:copy");

uint32_t *word(unsigned index) { return shared<uint32_t>() + index; }

//===----------------------------------------------------------------------===//
// Unwritten memory and races
//===----------------------------------------------------------------------===//

TEST(Races, UnwrittenSharedMemory) {
  auto result = run(
      [](void **) {
        store(st, word(thread()), thread());
        barrier();
        load(ld, word(thread() + 1));
      },
      nullptr, 64, 1024);
  expectError(
      result, Detector::Unwritten, "k:load",
      "ld shared 4: read of 4 bytes by thread (63,0,0); the byte at "
      "offset 256 of the 1024 bytes of shared memory was never written");
}

TEST(Races, UnwrittenInAnyBlock) {
  // What the block before left is not this block's.
  Options options;
  options.threads = 1;
  expectError(run(
                  [](void **) {
                    if (block() == 0)
                      store(st, word(0), 1u);
                    else
                      load(ld, word(0));
                  },
                  nullptr, 1, 16, options, {2, 1, 1}),
              Detector::Unwritten, "k:load", "was never written");
}

/// The most that this process has had in memory so far.
size_t mostBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) << 10;
}

constexpr Site st16 = storeSite(16, sharedSpace, "k:fill");
constexpr Site ld16 = loadSite(16, sharedSpace, "k:all");
__int128 *chunk(unsigned index) { return shared<__int128>() + index; }

TEST(Races, WhatIsRememberedDoesNotGrowWithTheLoop) {
  // In each round 127 reads of 64 chunks are to be remembered, and at times of
  // each byte by itself, until all is written anew.
  auto kernel = [](void **parameters) {
    for (unsigned round = 0; round < *argument<unsigned>(parameters); ++round) {
      if (thread() < 64)
        store(st16, chunk(thread()), __int128{1});
      barrier();
      for (unsigned i = 0; i < 64; ++i)
        load(ld16, chunk(i));
      bool splits = thread() == 0 && round % 10 == 0;
      for (unsigned i = 0; splits && i < 64; ++i)
        load(ld, word(4 * i));
      barrier();
    }
  };
  unsigned few = 2, many = 100;
  expectClean(run(kernel, &few, 128, 1024));
  size_t before = mostBytes();
  expectClean(run(kernel, &many, 128, 1024));
  EXPECT_LT(mostBytes() - before, size_t{8} << 20);
}

TEST(Races, RaceWithoutABarrierBetween) {
  auto kernel = [](void **parameters) {
    store(st, word(thread()), thread());
    if (*argument<bool>(parameters))
      barrier();
    load(ld, word(63 - thread()));
  };
  bool has = true, lacks = false;
  expectClean(run(kernel, &has, 64, 256));
  for (bool randomOrder : {false, true})
    for (uint64_t seed = 0; seed < 10; ++seed) {
      Options options;
      options.randomOrder = randomOrder;
      options.seed = seed;
      auto result = run(kernel, &lacks, 64, 256, options);
      ASSERT_FALSE(result);
      // Who comes first decides how it looks.
      EXPECT_TRUE(result.error().detector == Detector::Race ||
                  result.error().detector == Detector::Unwritten)
          << result.error().text();
    }
}

TEST(Races, RaceOfAWriteWithAnEarlierRead) {
  // Warp 1 came last to the barrier, and runs first after it.
  auto kernel = [](void **parameters) {
    static const Site again = storeSite(4, sharedSpace, "k:again");
    store(st, word(thread()), thread());
    barrier();
    if (warp() == 1)
      load(ld, word(lane()));
    if (*argument<bool>(parameters))
      barrier();
    if (warp() == 0)
      store(again, word(lane()), 0u);
  };
  bool has = true, lacks = false;
  expectClean(run(kernel, &has, 64, 256));
  expectError(run(kernel, &lacks, 64, 256), Detector::Race, "k:again",
              "the byte at offset 0 of the 256 bytes of shared memory was read "
              "by the ld shared 4 of thread (32,0,0) at k:load");
}

TEST(Races, RaceOfTwoWrites) {
  expectError(
      run([](void **) { store(st, word(0), thread()); }, nullptr, 64, 256),
      Detector::Race, "k:store",
      "was written by the st shared 4 of thread (0,0,0) at k:store, "
      "and no barrier orders the two");
}

TEST(Races, NoRaceOfNeighbouringBytes) {
  expectClean(run(
      [](void **) {
        static const Site bytes = storeSite(1, sharedSpace, "k:byte");
        static const Site wide = loadSite(1, sharedSpace, "k:wide");
        store(bytes, shared<uint8_t>(thread()), uint8_t(thread()));
        barrier();
        for (unsigned i = 0; i < 64; ++i)
          load(wide, shared<uint8_t>(i));
        barrier();
        store(bytes, shared<uint8_t>(63 - thread()), uint8_t(0));
      },
      nullptr, 64, 64));
}

TEST(Races, WhatOrdersAWarpIsItsBarrierAlone) {
  // A shuffle waits for the lanes, but says nothing about memory.
  auto kernel = [](void **parameters) {
    static const Site shfl =
        makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {LOWBIT_SIMT_IDX}, "k:shfl");
    store(st, word(thread()), thread());
    if (*argument<bool>(parameters))
      warpBarrier();
    else
      value(shfl, {full, 0, 0, 31});
    load(ld, word(thread() ^ 1));
  };
  bool has = true, lacks = false;
  expectClean(run(kernel, &has, 64, 256));
  expectError(run(kernel, &lacks, 64, 256), Detector::Race, "k:load",
              "no barrier orders the two");
}

TEST(Races, AWarpBarrierDoesNotOrderTwoWarps) {
  expectError(run(
                  [](void **) {
                    if (warp() == 0)
                      store(st, word(lane()), 1u);
                    warpBarrier();
                    if (warp() == 1)
                      load(ld, word(lane()));
                  },
                  nullptr, 64, 256),
              Detector::Race, "k:load", "no barrier orders");
}

TEST(Races, RaceAtANamedBarrierOfOthers) {
  // Warps 0 and 1 meet; warp 2 only looks as if it did.
  expectError(run(
                  [](void **) {
                    if (warp() == 0)
                      store(st, word(lane()), 1u);
                    if (warp() < 2)
                      barrier(1, 64);
                    else
                      barrier(2, 32);
                    load(ld, word(lane()));
                  },
                  nullptr, 96, 256),
              Detector::Race, "k:load",
              "was written by the st shared 4 of thread");
}

TEST(Races, RaceOfLdmatrixWithItsOwnWarp) {
  auto kernel = [](void **parameters) {
    static const Site site =
        makeSite(LOWBIT_SIMT_LDMATRIX, 1, 1, {1, 0}, "k:ldmatrix");
    for (unsigned i = 0; i < 4; ++i)
      store(st, word(4 * lane() + i), 1u);
    if (*argument<bool>(parameters))
      warpBarrier();
    uint64_t results[1];
    op(site, {bits(shared<char>(16 * lane()))}, results);
  };
  bool has = true, lacks = false;
  expectClean(run(kernel, &has, 32, 512));
  expectError(run(kernel, &lacks, 32, 512), Detector::Race, "k:ldmatrix",
              "was written by the st shared 4 of thread (0,0,0)");
}

TEST(Races, AtomicsDoNotRaceButWithOthers) {
  auto kernel = [](void **parameters) {
    static const Site add = makeSite(
        LOWBIT_SIMT_ATOMIC, 2, 0,
        {LOWBIT_SIMT_ATOMIC_ADD, LOWBIT_SIMT_S32, sharedSpace}, "k:atom");
    if (thread() == 0)
      store(st, word(0), 0u);
    barrier();
    if (*argument<bool>(parameters)) {
      op(add, {bits(word(0)), 1});
      barrier();
    } else if (warp() == 1) {
      op(add, {bits(word(0)), 1});
    }
    if (warp() == 0)
      load(ld, word(0));
  };
  bool has = true, lacks = false;
  expectClean(run(kernel, &has, 64, 16));
  expectError(run(kernel, &lacks, 64, 16), Detector::Race, "k:load",
              "was written by the atom add s32 of thread");
}

//===----------------------------------------------------------------------===//
// Asynchronous copies
//===----------------------------------------------------------------------===//

struct CopyCase {
  bool waits = true, meets = true;
  alignas(16) uint32_t in[256] = {};
};

/// Each thread copies 16 bytes; all read what another thread copied.
void copyThenRead(void **parameters) {
  auto *test = argument<CopyCase>(parameters);
  op(copy16, {bits(word(4 * thread())), bits(test->in + 4 * thread()), 16});
  commit();
  if (test->waits)
    wait<0>();
  if (test->meets)
    barrier();
  load(ld, word(255 - thread()));
}

TEST(Races, MissingWait) {
  CopyCase test;
  for (Completion completion :
       {Completion::Lazy, Completion::Eager, Completion::Random}) {
    Options options;
    options.completion = completion;
    test.waits = test.meets = true;
    expectClean(run(copyThenRead, &test, 64, 1024, options));
    test.waits = false;
    expectError(run(copyThenRead, &test, 64, 1024, options),
                Detector::MissingWait, "k:load",
                "is written by the cp.async cg 16 of thread");
  }
}

TEST(Races, MissingBarrierAfterAWait) {
  // The lanes of a warp have all waited, but each for itself.
  auto kernel = [](void **parameters) {
    static const Site shfl =
        makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {LOWBIT_SIMT_IDX}, "k:shfl");
    auto *test = argument<CopyCase>(parameters);
    op(copy16, {bits(word(4 * thread())), bits(test->in + 4 * thread()), 16});
    wait<LOWBIT_SIMT_WAIT_ALL>();
    if (test->meets)
      barrier();
    else
      value(shfl, {full, 0, 0, 31});
    load(ld, word(4 * (thread() ^ 1)));
  };
  CopyCase test;
  expectClean(run(kernel, &test, 64, 1024));
  test.meets = false;
  expectError(run(kernel, &test, 64, 1024), Detector::Race, "k:load",
              "was written by the cp.async cg 16 of thread");
}

TEST(Races, TooFewGroupsWaitedFor) {
  CopyCase test;
  expectError(run(
                  [](void **parameters) {
                    auto *test = argument<CopyCase>(parameters);
                    for (unsigned i = 0; i < 2; ++i) {
                      op(copy16, {bits(word(4 * i)), bits(test->in), 16});
                      commit();
                    }
                    wait<1>();
                    load(ld, word(0));
                    load(ld, word(4));
                  },
                  &test, 1, 1024),
              Detector::MissingWait, "k:load", "it has not waited");
}

TEST(Races, StageReusedTooEarly) {
  // The barrier that says that all have read the stage is missing.
  auto kernel = [](void **parameters) {
    auto *test = argument<CopyCase>(parameters);
    for (unsigned i = 0; i < 2; ++i) {
      op(copy16, {bits(word(4 * thread())), bits(test->in), 16});
      commit();
      wait<0>();
      barrier();
      load(ld, word(255 - thread()));
      if (test->meets)
        barrier();
    }
  };
  CopyCase test;
  expectClean(run(kernel, &test, 64, 1024));
  test.meets = false;
  expectError(run(kernel, &test, 64, 1024), Detector::Race, "k:copy",
              "was read by the ld shared 4 of thread");
}

TEST(Races, DestinationWrittenBeforeTheWait) {
  CopyCase test;
  expectError(run(
                  [](void **parameters) {
                    auto *test = argument<CopyCase>(parameters);
                    op(copy16, {bits(word(0)), bits(test->in), 16});
                    commit();
                    store(st, word(1), 1u);
                  },
                  &test, 1, 1024),
              Detector::MissingWait, "k:store", "it has not waited");
  expectError(run(
                  [](void **parameters) {
                    auto *test = argument<CopyCase>(parameters);
                    for (unsigned i = 0; i < 2; ++i) {
                      op(copy16, {bits(word(0)), bits(test->in), 16});
                      commit();
                    }
                  },
                  &test, 1, 1024),
              Detector::MissingWait, "k:copy", "it has not waited");
}

TEST(Races, SourceWrittenBeforeTheWait) {
  auto kernel = [](void **parameters) {
    static const Site globalStore = storeSite(4, globalSpace, "k:global");
    auto *test = argument<CopyCase>(parameters);
    if (thread() == 0) {
      op(copy16, {bits(word(0)), bits(test->in), 16});
      commit();
      if (test->waits)
        wait<0>();
    }
    barrier();
    if (thread() == 32)
      store(globalStore, test->in + 3, 1u);
  };
  CopyCase test;
  expectClean(run(kernel, &test, 64, 1024));
  test.waits = false;
  expectError(run(kernel, &test, 64, 1024), Detector::MissingWait, "k:global",
              "from where the cp.async of thread (0,0,0) at k:copy may still "
              "read");
}

} // namespace
