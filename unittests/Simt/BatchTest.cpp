//===- BatchTest.cpp - Several ops at one meeting -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include <vector>

using namespace device;
using lowbit::simt::Detector;

namespace {

constexpr Site ldmatrix2 =
    makeSite(LOWBIT_SIMT_LDMATRIX, 1, 2, {2, 0}, "k:ldmatrix");
constexpr Site mmaSite = makeSite(
    LOWBIT_SIMT_MMA, 10, 4,
    {16, 8, 16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32}, "k:mma");
constexpr const Site *parts[] = {&ldmatrix2, &mmaSite, &mmaSite};
constexpr LowbitSimtBatch batch = {
    makeSite(LOWBIT_SIMT_BATCH, 21, 10, {3}, "k:batch"), parts};

/// The same as a batch, and one by one.
template <bool batched>
void together(void **parameters) {
  static const Site st = storeSite(4, sharedSpace, "k:store");
  for (unsigned i = 0; i < 4; ++i)
    store(st, shared<uint32_t>() + 4 * lane() + i, lane() * 0x01010203 + i);
  warpBarrier();
  uint64_t slots[21] = {bits(shared<char>(16 * (lane() % 16)))}, results[10];
  for (unsigned i = 1; i < 21; ++i)
    slots[i] = 0x3c003c00 + ((lane() * 37 + i * 11) % 64) * 0x00100001;
  if (batched) {
    lowbit_simt_op(&batch.site, slots, results);
  } else {
    lowbit_simt_op(&ldmatrix2, slots, results);
    lowbit_simt_op(&mmaSite, slots + 1, results + 2);
    lowbit_simt_op(&mmaSite, slots + 11, results + 6);
  }
  for (unsigned i = 0; i < 10; ++i)
    argument<uint32_t>(parameters)[10 * lane() + i] = results[i];
}

TEST(Batch, IsItsPartsOneByOne) {
  std::vector<uint32_t> one(320), all(320);
  Options options;
  options.counters = true;
  auto single = run(together<false>, one.data(), 32, 512, options);
  expectClean(single);
  auto result = run(together<true>, all.data(), 32, 512, options);
  expectClean(result);
  EXPECT_EQ(one, all);
  // They count as themselves.
  EXPECT_EQ(single->counters.table(), result->counters.table());
}

TEST(Batch, FaultsAreThoseOfItsParts) {
  expectError(run(together<true>, nullptr, 32, 128), Detector::OutOfBounds,
              "k:store", "not in shared memory");
  expectError(run(
                  [](void **) {
                    uint64_t slots[21] = {bits(shared<char>(8))}, results[10];
                    lowbit_simt_op(&batch.site, slots, results);
                  },
                  nullptr, 32, 128),
              Detector::Misaligned, "k:ldmatrix", "ldmatrix: the row");
  expectError(run(
                  [](void **) {
                    uint64_t slots[21] = {bits(shared<char>())}, results[10];
                    lowbit_simt_op(&batch.site, slots, results);
                  },
                  nullptr, 32, 128),
              Detector::Unwritten, "k:ldmatrix", "was never written");
  expectError(run(
                  [](void **) {
                    uint64_t slots[21] = {}, results[10];
                    if (lane() < 31)
                      lowbit_simt_op(&batch.site, slots, results);
                  },
                  nullptr, 32, 128),
              Detector::Divergence, "k:batch", "needs all 32 lanes");
}

TEST(Batch, OthersDoNotMeetIt) {
  expectError(run(
                  [](void **) {
                    static const Site *const others[] = {&ldmatrix2, &mmaSite,
                                                         &ldmatrix2};
                    static const LowbitSimtBatch other = {
                        makeSite(LOWBIT_SIMT_BATCH, 21, 10, {3}, "k:other"),
                        others};
                    uint64_t slots[21] = {}, results[10];
                    lowbit_simt_op(lane() < 16 ? &batch.site : &other.site,
                                   slots, results);
                  },
                  nullptr),
              Detector::Divergence, "k:other", "do not meet");
}

TEST(Batch, WhatCannotBePartOfIt) {
  auto refuse = [](const LowbitSimtBatch &bad, const char *location,
                   const char *text) {
    expectError(run(
                    [](void **parameters) {
                      uint64_t slots[21] = {}, results[10];
                      lowbit_simt_op(
                          &argument<const LowbitSimtBatch>(parameters)->site,
                          slots, results);
                    },
                    const_cast<LowbitSimtBatch *>(&bad)),
                Detector::InvalidSite, location, text);
  };
  const Site barrier = barrierSite("k:barrier");
  const Site *barriers[] = {&barrier};
  refuse({makeSite(LOWBIT_SIMT_BATCH, 2, 0, {1}, "k:batch"), barriers},
         "k:barrier", "cannot be part of a batch");
  const Site *one[] = {&mmaSite};
  refuse({makeSite(LOWBIT_SIMT_BATCH, 9, 4, {1}, "k:batch"), one}, "k:batch",
         "more slots than it");
}

} // namespace
