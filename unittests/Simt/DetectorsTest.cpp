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
using lowbit::simt::Detector;

namespace {

constexpr Site st = storeSite(4, sharedSpace, "k:store");
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

/// Half of each warp comes to `here`, the rest to `there`.
Result<Report> split(const Site &here, const Site &there) {
  const Site *sites[] = {&here, &there};
  return run(
      [](void **parameters) {
        // An address for ldmatrix, no more than a number for barriers.
        uint64_t slots[24] = {}, results[8];
        const Site *site = argument<const Site *>(parameters)[lane() >= 16];
        if (site->op == LOWBIT_SIMT_LDMATRIX)
          slots[0] = bits(shared<char>());
        if (site->op == LOWBIT_SIMT_BARRIER_ARRIVE)
          slots[1] = 64;
        lowbit_simt_op(site, slots, results);
      },
      sites, 64, 16);
}

TEST(Detectors, DivergenceOfAlignedOpsAtTwoPlaces) {
  // `if (lane < 16) __syncthreads(); else __syncthreads();` and its like.
  using Attributes = std::initializer_list<uint32_t>;
  struct {
    uint32_t op;
    unsigned operands, results;
    Attributes attributes;
  } ops[] = {{LOWBIT_SIMT_BARRIER, 2, 0, {}},
             {LOWBIT_SIMT_BARRIER_ARRIVE, 2, 0, {}},
             {LOWBIT_SIMT_LDMATRIX, 1, 1, {1, 0}},
             {LOWBIT_SIMT_MMA,
              10,
              4,
              {16, 8, 16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32}},
             {LOWBIT_SIMT_MMA_SPARSE,
              10,
              4,
              {16, 8, 16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32}}};
  for (auto &[op, operands, results, attributes] : ops) {
    const Site here = makeSite(op, operands, results, attributes, "k:10"),
               there = makeSite(op, operands, results, attributes, "k:20");
    expectError(split(here, there), Detector::Divergence, "k:20",
                "lanes 0-15 at ");
    // Two instructions that are made of one line, or of none.
    const Site again = here;
    expectError(split(here, again), Detector::Divergence, "k:10",
                "do not meet");
    const Site unnamed = makeSite(op, operands, results, attributes),
               another = unnamed;
    expectError(split(unnamed, another), Detector::Divergence, "",
                "do not meet");
  }
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
        // Where no sanitizer moves it.
        lowbit_simt_access(&generic, __builtin_frame_address(0));
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
