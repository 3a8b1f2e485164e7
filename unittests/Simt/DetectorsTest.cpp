//===- DetectorsTest.cpp - Kernels with a fault, and who finds it ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kernel has one fault planted; beside it, where that is instructive, its
// neighbour without the fault, in which nothing may be found.
//
//===----------------------------------------------------------------------===//

#include "Device.h"

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
// Deadlock and divergence
//===----------------------------------------------------------------------===//

TEST(Detectors, DeadlockAtABarrier) {
  auto result = run(
      [](void **) {
        static const Site one = barrierSite("k:one"),
                          two = barrierSite("k:two");
        if (warp() == 0)
          op(one, {1, 128});
        else
          op(two, {2, 128});
      },
      nullptr, 128);
  expectError(result, Detector::Deadlock, "k:one",
              "warp 0 lanes 0-31 wait at bar.sync (k:one), barrier 1: 32 of "
              "128 threads came; warp 1 lanes 0-31 wait at bar.sync (k:two), "
              "barrier 2: 96 of 128 threads came; warp 2");
}

TEST(Detectors, DeadlockForAThreadThatExited) {
  expectError(run(
                  [](void **) {
                    if (warp() == 1)
                      return;
                    barrier(1, 64);
                  },
                  nullptr, 64),
              Detector::Deadlock, "barrier",
              "warp 0 lanes 0-31 wait at bar.sync (barrier), barrier 1: 32 of "
              "64 threads came");
}

TEST(Detectors, DivergenceAtABarrier) {
  // Half of a warp is on another path.
  auto result = run(
      [](void **) {
        static const Site shfl =
            makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {LOWBIT_SIMT_BFLY}, "k:shfl");
        if (lane() < 16)
          value(shfl, {full, 0, 1, 31});
        else
          barrier();
      },
      nullptr, 64);
  expectError(result, Detector::Divergence, "barrier",
              "lanes 0-15 at shfl.sync bfly (k:shfl) with mask 0xffffffff, "
              "lanes 16-31 at bar.sync (barrier) with mask 0xffffffff");
}

TEST(Detectors, DivergenceOfAttributes) {
  expectError(run(
                  [](void **) {
                    Site site = makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1,
                                         {lane() == 7 ? 1u : 0u}, "k:shfl");
                    value(site, {full, 0, 1, 31});
                  },
                  nullptr),
              Detector::Divergence, "k:shfl", "lanes of warp 0 do not meet");
}

TEST(Detectors, DivergenceOfMasks) {
  expectError(run(
                  [](void **) {
                    // 0-15 wait for all, the others for themselves, twice.
                    warpBarrier(lane() < 16 ? full : 0xffff0000);
                    if (lane() >= 16)
                      barrier();
                  },
                  nullptr),
              Detector::Divergence, "barrier", "lanes of warp 0 do not meet");
  expectError(run(
                  [](void **) {
                    if (lane() < 8)
                      warpBarrier(0xf);
                  },
                  nullptr),
              Detector::Divergence, "",
              "bar.warp.sync: mask 0x0000000f lacks lane 4");
}

TEST(Detectors, DivergenceBeforeAMatrixProduct) {
  expectError(run(
                  [](void **) {
                    static const Site site =
                        makeSite(LOWBIT_SIMT_MMA, 10, 4,
                                 {16, 8, 16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16,
                                  LOWBIT_SIMT_F32},
                                 "k:mma");
                    if (lane() >= 30)
                      return;
                    uint64_t slots[10] = {};
                    lowbit_simt_op(&site, slots, slots);
                  },
                  nullptr),
              Detector::Divergence, "k:mma",
              "needs all 32 lanes of the warp; lanes 30-31 have exited");
}

TEST(Detectors, DivergenceOfBarriers) {
  expectError(run([](void **) { barrier(lane() / 16); }, nullptr),
              Detector::Divergence, "barrier", "different barriers");
  expectError(run([](void **) { barrier(1, 32 + 32 * warp()); }, nullptr, 96),
              Detector::Divergence, "barrier", "another number of threads");
}

TEST(Detectors, ShuffleFromALaneThatDoesNotTakePart) {
  expectError(run(
                  [](void **) {
                    static const Site shfl =
                        makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {LOWBIT_SIMT_DOWN},
                                 "k:shfl");
                    if (lane() < 16)
                      value(shfl, {0xffff, 0, 8, 31});
                  },
                  nullptr),
              Detector::Divergence, "k:shfl",
              "lane 8 reads from lane 16, which does not take part");
}

//===----------------------------------------------------------------------===//
// Bounds and alignment
//===----------------------------------------------------------------------===//

TEST(Detectors, OutOfBoundsOfSharedMemory) {
  auto writes = [](void **parameters) {
    store(st, word(*argument<uint32_t>(parameters)), 1u);
  };
  uint32_t last = 24, beyond = 25;
  expectClean(run(writes, &last, 1, 100));
  expectError(run(writes, &beyond, 1, 100), Detector::OutOfBounds, "k:store",
              "st shared 4: 4 bytes at offset 100 of the 100 bytes of shared");
  expectError(run([](void **) { store(st, word(0) - 1, 1u); }, nullptr, 1, 100),
              Detector::OutOfBounds, "k:store", "offset -4");
  // A generic address is what it points to.
  expectError(run(
                  [](void **) {
                    static const Site generic = loadSite(4, 0, "k:generic");
                    load(generic, word(25));
                  },
                  nullptr, 1, 100),
              Detector::OutOfBounds, "k:generic", "offset 100");
}

TEST(Detectors, OutOfBoundsOfAsyncCopiesAndMatrices) {
  std::vector<uint32_t> memory(64);
  for (bool checks : {false, true}) {
    Options options;
    options.checks = checks;
    expectError(run(
                    [](void **p) {
                      op(copy16,
                         {bits(shared<char>(64)), bits(argument<char>(p)), 16});
                    },
                    memory.data(), 1, 72, options),
                Detector::OutOfBounds, "k:copy",
                "cp.async writes 16 bytes at offset 64 of the 72 bytes");
    expectError(run(
                    [](void **) {
                      static const Site site = makeSite(
                          LOWBIT_SIMT_LDMATRIX, 1, 1, {1, 0}, "k:ldmatrix");
                      uint64_t results[1];
                      op(site, {bits(shared<char>(16 * lane()))}, results);
                    },
                    nullptr, 32, 112, options),
                Detector::OutOfBounds, "k:ldmatrix",
                "the row that lane 7 names, 16 bytes at offset 112");
    expectError(run(
                    [](void **) {
                      static const Site site =
                          makeSite(LOWBIT_SIMT_ATOMIC, 2, 0,
                                   {LOWBIT_SIMT_ATOMIC_ADD, LOWBIT_SIMT_S32,
                                    sharedSpace},
                                   "k:atom");
                      op(site, {bits(word(4)), 1});
                    },
                    nullptr, 1, 16, options),
                Detector::OutOfBounds, "k:atom", "offset 16");
  }
}

TEST(Detectors, OutOfBoundsOfBuffers) {
  static const Site globalLoad = loadSite(4, globalSpace, "k:global");
  static const Site globalStore = storeSite(4, globalSpace, "k:global");
  std::vector<uint32_t> in(64), out(64);
  struct Pointers {
    uint32_t *in, *out;
    unsigned read, write;
  } pointers{in.data(), out.data(), 0, 0};
  auto kernel = [](void **parameters) {
    auto *p = argument<Pointers>(parameters);
    store(globalStore, p->out + p->write, load(globalLoad, p->in + p->read));
  };
  Options options;
  options.buffers = {{out.data(), 200, "out"}, {in.data(), 200, "in", false}};
  pointers.read = pointers.write = 49;
  expectClean(run(kernel, &pointers, 1, 0, options));
  pointers.read = 50;
  expectError(run(kernel, &pointers, 1, 0, options), Detector::OutOfBounds,
              "k:global",
              "4 bytes at offset 200 of the 200 bytes of buffer "
              "'in', which are not all in a buffer");
  pointers.read = 0;
  pointers.write = 50;
  expectError(run(kernel, &pointers, 1, 0, options), Detector::OutOfBounds,
              "k:global", "buffer 'out'");
  pointers.write = 0;
  std::swap(pointers.in, pointers.out);
  expectError(run(kernel, &pointers, 1, 0, options), Detector::OutOfBounds,
              "k:global", "writes to buffer 'in', which may only be read");
  // Asynchronous copies and atomics read global memory too.
  pointers.in = in.data();
  expectError(run(
                  [](void **parameters) {
                    auto *p = argument<Pointers>(parameters);
                    op(copy16, {bits(shared<char>()), bits(p->in + 48), 16});
                  },
                  &pointers, 1, 16, options),
              Detector::OutOfBounds, "k:copy", "16 bytes at offset 192");
  expectClean(run(
      [](void **parameters) {
        auto *p = argument<Pointers>(parameters);
        op(copy16, {bits(shared<char>()), bits(p->in + 48), 8});
      },
      &pointers, 1, 16, options));
}

TEST(Detectors, LocalMemoryIsNoBuffer) {
  Options options;
  uint32_t buffer = 0;
  options.buffers = {{&buffer, 4, "buffer"}};
  expectClean(run(
      [](void **) {
        static const Site generic = storeSite(4, 0, "k:local");
        volatile uint32_t local = 0;
        store(generic, const_cast<uint32_t *>(&local), 1u);
      },
      nullptr, 32, 0, options));
}

TEST(Detectors, MisalignedAccesses) {
  expectError(run(
                  [](void **) {
                    static const Site wide = makeSite(
                        LOWBIT_SIMT_STORE, 0, 0, {16, sharedSpace, 16}, "k:v4");
                    lowbit_simt_access(&wide, shared<char>(8));
                  },
                  nullptr, 1, 64),
              Detector::Misaligned, "k:v4",
              "offset 8 of the 64 bytes of shared memory is not aligned to 16");
  std::vector<uint32_t> memory(8);
  expectError(run(
                  [](void **p) {
                    op(copy16,
                       {bits(shared<char>(8)), bits(argument<char>(p)), 16});
                  },
                  memory.data(), 1, 64),
              Detector::Misaligned, "k:copy", "its destination, offset 8");
  expectError(run(
                  [](void **p) {
                    op(copy16, {bits(shared<char>(16)),
                                bits(argument<char>(p)) / 16 * 16 + 4, 16});
                  },
                  memory.data(), 1, 64),
              Detector::Misaligned, "k:copy", "its source");
  expectError(run(
                  [](void **) {
                    static const Site site = makeSite(LOWBIT_SIMT_LDMATRIX, 1,
                                                      1, {1, 0}, "k:ldmatrix");
                    uint64_t results[1];
                    op(site, {bits(shared<char>(24 * lane()))}, results);
                  },
                  nullptr, 32, 1024),
              Detector::Misaligned, "k:ldmatrix", "the row that lane 1 names");
}

//===----------------------------------------------------------------------===//
// Unwritten memory and races
//===----------------------------------------------------------------------===//

TEST(Detectors, UnwrittenSharedMemory) {
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

TEST(Detectors, UnwrittenInAnyBlock) {
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

TEST(Detectors, RaceWithoutABarrierBetween) {
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

TEST(Detectors, RaceOfAWriteWithAnEarlierRead) {
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

TEST(Detectors, RaceOfTwoWrites) {
  expectError(
      run([](void **) { store(st, word(0), thread()); }, nullptr, 64, 256),
      Detector::Race, "k:store",
      "was written by the st shared 4 of thread (0,0,0) at k:store, "
      "and no barrier orders the two");
}

TEST(Detectors, NoRaceOfNeighbouringBytes) {
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

TEST(Detectors, WhatOrdersAWarpIsItsBarrierAlone) {
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

TEST(Detectors, AWarpBarrierDoesNotOrderTwoWarps) {
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

TEST(Detectors, RaceAtANamedBarrierOfOthers) {
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

TEST(Detectors, RaceOfLdmatrixWithItsOwnWarp) {
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

TEST(Detectors, AtomicsDoNotRaceButWithOthers) {
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

TEST(Detectors, MissingWait) {
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

TEST(Detectors, MissingBarrierAfterAWait) {
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

TEST(Detectors, TooFewGroupsWaitedFor) {
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

TEST(Detectors, StageReusedTooEarly) {
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

TEST(Detectors, DestinationWrittenBeforeTheWait) {
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

TEST(Detectors, SourceWrittenBeforeTheWait) {
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

//===----------------------------------------------------------------------===//
// Sites that are none
//===----------------------------------------------------------------------===//

TEST(Detectors, SitesThatAreNone) {
  const Site sites[] = {
      makeSite(99, 0, 0, {}, "k"),
      makeSite(LOWBIT_SIMT_LOAD, 0, 0, {}, "k"),
      makeSite(LOWBIT_SIMT_LDMATRIX, 1, 3, {3}, "k"),
      makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {9}, "k"),
      makeSite(LOWBIT_SIMT_VOTE, 2, 1, {9}, "k"),
      makeSite(LOWBIT_SIMT_REDUX, 2, 1, {0}, "k"),
      makeSite(LOWBIT_SIMT_MATCH, 2, 1, {0, 16}, "k"),
      makeSite(LOWBIT_SIMT_BARRIER, 2, 0, {7}, "k"),
      makeSite(LOWBIT_SIMT_COPY_ASYNC, 3, 0, {12}, "k"),
      makeSite(LOWBIT_SIMT_COPY_ASYNC, 3, 0, {8, 1}, "k"),
      makeSite(LOWBIT_SIMT_ATOMIC, 2, 1,
               {LOWBIT_SIMT_ATOMIC_XOR, LOWBIT_SIMT_F32}, "k"),
      makeSite(LOWBIT_SIMT_MMA, 10, 4, {16, 8, 16}, "k"),
      makeSite(LOWBIT_SIMT_MMA, 99, 4, {}, "k"),
  };
  for (const Site &site : sites)
    expectError(run(
                    [](void **parameters) {
                      uint64_t slots[100] = {full, full};
                      lowbit_simt_op(argument<Site>(parameters), slots, slots);
                    },
                    const_cast<Site *>(&site)),
                Detector::InvalidSite, "k", "");
  expectError(run([](void **) { lowbit_simt_sreg(77); }, nullptr),
              Detector::InvalidSite, "", "no special register 77");
  expectError(run([](void **) { barrier(16); }, nullptr), Detector::InvalidSite,
              "barrier", "numbered 0 to 15");
  expectError(run([](void **) { barrier(0, 33); }, nullptr, 64),
              Detector::InvalidSite, "barrier", "no multiple of 32");
}

} // namespace
