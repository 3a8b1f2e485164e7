//===- CollectivesTest.cpp - Warp ops and barriers by their definitions ---===//
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

//===----------------------------------------------------------------------===//
// shfl.sync
//===----------------------------------------------------------------------===//

struct Shuffled {
  uint32_t kind, offset, clamp;
  uint32_t value[32], valid[32];
};

void shuffleAll(void **parameters) {
  auto *test = argument<Shuffled>(parameters);
  Site site = makeSite(LOWBIT_SIMT_SHUFFLE, 4, 2, {test->kind, 1}, "shfl");
  uint64_t results[2] = {};
  op(site, {full, 100 + lane(), test->offset, test->clamp}, results);
  test->value[lane()] = results[0];
  test->valid[lane()] = results[1] & 0xff;
}

/// The definition of shfl.sync in the PTX ISA.
std::pair<uint32_t, bool> shuffled(const Shuffled &test, uint32_t lane) {
  uint32_t bval = test.offset & 0x1f, cval = test.clamp & 0x1f;
  uint32_t segmentMask = test.clamp >> 8 & 0x1f;
  uint32_t maxLane = (lane & segmentMask) | (cval & ~segmentMask);
  uint32_t minLane = lane & segmentMask;
  int j = 0;
  bool p = false;
  switch (test.kind) {
  case LOWBIT_SIMT_UP:
    j = int(lane) - int(bval), p = j >= int(maxLane);
    break;
  case LOWBIT_SIMT_DOWN:
    j = lane + bval, p = j <= int(maxLane);
    break;
  case LOWBIT_SIMT_BFLY:
    j = lane ^ bval, p = j <= int(maxLane);
    break;
  default:
    j = minLane | (bval & ~segmentMask), p = j <= int(maxLane);
    break;
  }
  return {100 + (p ? j : lane), p};
}

TEST(Collectives, ShuffleOfAllKindsAndSegments) {
  for (uint32_t kind = 0; kind < 4; ++kind)
    for (uint32_t offset = 0; offset < 32; ++offset)
      for (uint32_t width : {1, 2, 4, 8, 16, 32}) {
        Shuffled test{kind,
                      offset,
                      (32 - width) << 8 | (kind == LOWBIT_SIMT_UP ? 0u : 31u),
                      {},
                      {}};
        expectClean(run(shuffleAll, &test));
        for (uint32_t lane = 0; lane < 32; ++lane) {
          auto [value, valid] = shuffled(test, lane);
          ASSERT_EQ(test.value[lane], value);
          ASSERT_EQ(test.valid[lane], uint32_t(valid));
        }
      }
}

TEST(Collectives, ShuffleOfPartsOfAWarp) {
  // Each half on its own, one of them more often than the other.
  std::vector<uint32_t> out(32);
  expectClean(run(
      [](void **parameters) {
        static const Site site =
            makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {LOWBIT_SIMT_BFLY});
        uint32_t mask = lane() < 16 ? 0xffff : 0xffff0000;
        uint32_t sum = lane();
        for (unsigned step = 1; step < 16; step *= 2)
          sum += value(site, {mask, sum, step, 31});
        if (lane() < 16)
          sum += value(site, {mask, 1000, 1, 31});
        argument<uint32_t>(parameters)[lane()] = sum;
      },
      out.data()));
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane < 16 ? 120u + 1000 : 376u);
}

TEST(Collectives, LanesThatExitedAreNotWaitedFor) {
  std::vector<uint32_t> out(32);
  expectClean(run(
      [](void **parameters) {
        static const Site site =
            makeSite(LOWBIT_SIMT_VOTE, 2, 1, {LOWBIT_SIMT_BALLOT});
        if (lane() % 3 == 0)
          return;
        argument<uint32_t>(parameters)[lane()] = value(site, {full, 1});
        // The last of those that are awaited leaves only now.
        if (lane() == 31)
          return;
        argument<uint32_t>(parameters)[lane()] |= value(site, {full, 0});
      },
      out.data()));
  uint32_t ballot = 0;
  for (uint32_t lane = 0; lane < 32; ++lane)
    ballot |= uint32_t(lane % 3 != 0) << lane;
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(out[lane], lane % 3 ? ballot : 0);
}

TEST(Collectives, OneMeetingFromSeveralSites) {
  // As jump threading leaves it: the same op in both arms of a branch.
  std::vector<uint32_t> out(32);
  expectClean(run(
      [](void **parameters) {
        static const Site here =
            makeSite(LOWBIT_SIMT_REDUX, 2, 1, {LOWBIT_SIMT_REDUX_ADD}, "a");
        static const Site there =
            makeSite(LOWBIT_SIMT_REDUX, 2, 1, {LOWBIT_SIMT_REDUX_ADD}, "b");
        argument<uint32_t>(parameters)[lane()] =
            value(lane() % 2 ? here : there, {lane(), full});
      },
      out.data()));
  EXPECT_EQ(out, std::vector<uint32_t>(32, 496));
}

//===----------------------------------------------------------------------===//
// vote, redux, match, elect
//===----------------------------------------------------------------------===//

struct Votes {
  uint32_t mask, predicates;
  uint32_t results[4][32];
};

TEST(Collectives, Vote) {
  for (uint32_t mask : {full, 0x0ff00ff0u})
    for (uint32_t predicates : {0u, full, 0x0ff00ff0u, 0x00000010u}) {
      Votes test{mask, predicates, {}};
      expectClean(run(
          [](void **parameters) {
            auto *test = argument<Votes>(parameters);
            if (!(test->mask >> lane() & 1))
              return;
            for (uint32_t kind = 0; kind < 4; ++kind) {
              Site site = makeSite(LOWBIT_SIMT_VOTE, 2, 1, {kind});
              // What lies above an i1 in its byte counts for nothing.
              uint64_t garbage = 0xabcdef00;
              test->results[kind][lane()] =
                  value(site, {test->mask,
                               garbage | (test->predicates >> lane() & 1)});
            }
          },
          &test));
      uint32_t ballot = mask & predicates;
      uint32_t expected[4] = {ballot != 0, ballot == mask, ballot,
                              ballot == 0 || ballot == mask};
      for (unsigned kind = 0; kind < 4; ++kind)
        for (unsigned lane = 0; lane < 32; ++lane)
          EXPECT_EQ(test.results[kind][lane],
                    mask >> lane & 1 ? expected[kind] : 0);
    }
}

uint32_t reduced(uint32_t kind, uint32_t flags,
                 const std::vector<uint32_t> &values) {
  struct Reduction {
    uint32_t kind, flags, values[32], result;
  } test{kind, flags, {}, 0};
  std::copy(values.begin(), values.end(), test.values);
  expectClean(run(
      [](void **parameters) {
        auto *test = argument<Reduction>(parameters);
        Site site =
            makeSite(LOWBIT_SIMT_REDUX, 2, 1, {test->kind, test->flags});
        uint32_t result = value(site, {test->values[lane()], full});
        if (lane() == 17)
          test->result = result;
      },
      &test));
  return test.result;
}

TEST(Collectives, Redux) {
  std::vector<uint32_t> values(32);
  for (uint32_t i = 0; i < 32; ++i)
    values[i] = i * 2654435761u;
  uint32_t sum = 0, conjunction = full, disjunction = 0, parity = 0;
  uint32_t unsignedMax = 0, unsignedMin = full;
  int32_t signedMax = INT32_MIN, signedMin = INT32_MAX;
  for (uint32_t value : values) {
    sum += value;
    conjunction &= value;
    disjunction |= value;
    parity ^= value;
    unsignedMax = std::max(unsignedMax, value);
    unsignedMin = std::min(unsignedMin, value);
    signedMax = std::max(signedMax, int32_t(value));
    signedMin = std::min(signedMin, int32_t(value));
  }
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_ADD, 0, values), sum);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_AND, 0, values), conjunction);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_OR, 0, values), disjunction);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_XOR, 0, values), parity);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_UMAX, 0, values), unsignedMax);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_UMIN, 0, values), unsignedMin);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_MAX, 0, values), uint32_t(signedMax));
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_MIN, 0, values), uint32_t(signedMin));
}

TEST(Collectives, ReduxOfFloats) {
  std::vector<uint32_t> values(32);
  for (uint32_t i = 0; i < 32; ++i)
    values[i] = std::bit_cast<uint32_t>(float(i) - 20.0f);
  auto get = [&](uint32_t kind, uint32_t flags) {
    return std::bit_cast<float>(reduced(kind, flags, values));
  };
  EXPECT_EQ(get(LOWBIT_SIMT_REDUX_FMAX, 0), 11);
  EXPECT_EQ(get(LOWBIT_SIMT_REDUX_FMIN, 0), -20);
  EXPECT_EQ(get(LOWBIT_SIMT_REDUX_FMAX, 1), 20);
  EXPECT_EQ(get(LOWBIT_SIMT_REDUX_FMIN, 1), 0);
  values[5] = 0x7fc00000;
  EXPECT_EQ(get(LOWBIT_SIMT_REDUX_FMAX, 0), 11);
  EXPECT_EQ(reduced(LOWBIT_SIMT_REDUX_FMAX, 2, values), 0x7fffffffu);
}

TEST(Collectives, MatchAndElect) {
  struct Matches {
    uint32_t any[32], all[32], isAll[32], elected[32], wide[32];
  } test{};
  expectClean(run(
      [](void **parameters) {
        auto *test = argument<Matches>(parameters);
        static const Site any = makeSite(LOWBIT_SIMT_MATCH, 2, 1, {0, 32});
        static const Site all = makeSite(LOWBIT_SIMT_MATCH, 2, 2, {1, 32});
        static const Site wide = makeSite(LOWBIT_SIMT_MATCH, 2, 1, {0, 64});
        static const Site elect = makeSite(LOWBIT_SIMT_ELECT, 1, 1);
        test->any[lane()] = value(any, {full, lane() % 4});
        uint64_t results[2];
        op(all, {full, 7}, results);
        test->all[lane()] = results[0];
        test->isAll[lane()] = results[1] & 1;
        // Alike in the low words.
        test->wide[lane()] = value(wide, {full, uint64_t(lane() % 2) << 40});
        uint32_t mask = lane() < 8 ? 0xff : 0xffffff00;
        test->elected[lane()] = value(elect, {mask}) & 1;
      },
      &test));
  for (uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(test.any[lane], 0x11111111u << lane % 4);
    EXPECT_EQ(test.all[lane], full);
    EXPECT_EQ(test.isAll[lane], 1u);
    EXPECT_EQ(test.wide[lane], 0x55555555u << lane % 2);
    EXPECT_EQ(test.elected[lane], lane == 0 || lane == 8);
  }
}

//===----------------------------------------------------------------------===//
// ldmatrix
//===----------------------------------------------------------------------===//

struct Matrices {
  uint32_t count;
  Site site;
  uint32_t registers[4][32];
};

TEST(Collectives, Ldmatrix) {
  for (uint32_t count : {1, 2, 4})
    for (uint32_t transposed : {0, 1}) {
      Matrices test{
          count,
          makeSite(LOWBIT_SIMT_LDMATRIX, 1, count, {count, transposed}),
          {}};
      expectClean(run(
          [](void **parameters) {
            auto *test = argument<Matrices>(parameters);
            // Element (m, r, c) is 64m + 8r + c; rows stand 48 bytes apart.
            if (lane() < 8 * test->count)
              for (uint16_t c = 0; c < 8; ++c) {
                static const Site site = storeSite(2, sharedSpace, "st");
                store<uint16_t>(site, shared<uint16_t>(48 * lane()) + c,
                                8 * lane() + c);
              }
            warpBarrier();
            // Lanes beyond the last row may name anything.
            uint64_t address = lane() < 8 * test->count
                                   ? bits(shared<char>(48 * lane()))
                                   : 0xdeadbeef;
            uint64_t results[4];
            op(test->site, {address}, results);
            for (unsigned i = 0; i < test->count; ++i)
              test->registers[i][lane()] = results[i];
          },
          &test, 32, 48 * 32));
      for (uint32_t m = 0; m < count; ++m)
        for (uint32_t lane = 0; lane < 32; ++lane)
          for (uint32_t half = 0; half < 2; ++half) {
            uint32_t row = lane / 4, column = lane % 4 * 2 + half;
            if (transposed)
              std::swap(row, column);
            EXPECT_EQ(test.registers[m][lane] >> 16 * half & 0xffff,
                      64 * m + 8 * row + column);
          }
    }
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

TEST(Collectives, BarrierWithReduction) {
  struct Reductions {
    uint32_t results[4][96];
  } test{};
  expectClean(run(
      [](void **parameters) {
        auto *test = argument<Reductions>(parameters);
        static const Site sites[] = {
            makeSite(LOWBIT_SIMT_BARRIER, 3, 1, {LOWBIT_SIMT_POPC}),
            makeSite(LOWBIT_SIMT_BARRIER, 3, 1, {LOWBIT_SIMT_AND}),
            makeSite(LOWBIT_SIMT_BARRIER, 3, 1, {LOWBIT_SIMT_OR})};
        for (const Site &site : sites)
          test->results[site.attributes[0]][thread()] =
              value(site, {3, 0, thread() % 5 == 0 ? 8u : 0u});
        // Even with all true.
        static const Site site =
            makeSite(LOWBIT_SIMT_BARRIER, 3, 1, {LOWBIT_SIMT_AND});
        test->results[0][thread()] = value(site, {0, 96, 1});
      },
      &test, 96));
  for (unsigned thread = 0; thread < 96; ++thread) {
    EXPECT_EQ(test.results[LOWBIT_SIMT_POPC][thread], 20u);
    EXPECT_EQ(test.results[LOWBIT_SIMT_AND][thread], 0u);
    EXPECT_EQ(test.results[LOWBIT_SIMT_OR][thread], 1u);
    EXPECT_EQ(test.results[0][thread], 1u);
  }
}

/// One warp produces, one consumes; two named barriers say that the buffer is
/// full and that it is empty.
void producerAndConsumer(void **parameters) {
  static const Site arrive =
      makeSite(LOWBIT_SIMT_BARRIER_ARRIVE, 2, 0, {}, "arrive");
  static const Site st = storeSite(4, sharedSpace, "st");
  static const Site ld = loadSite(4, sharedSpace, "ld");
  constexpr uint32_t isFull = 1, isEmpty = 2;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 10; ++i) {
    if (warp() == 0) {
      if (i)
        barrier(isEmpty, 64);
      store<uint32_t>(st, shared<uint32_t>() + lane(), i * lane());
      op(arrive, {isFull, 64});
    } else {
      barrier(isFull, 64);
      sum += load(ld, shared<uint32_t>() + 31 - lane());
      if (i < 9)
        op(arrive, {isEmpty, 64});
    }
  }
  if (warp() == 1)
    argument<uint32_t>(parameters)[lane()] = sum;
}

TEST(Collectives, NamedBarriers) {
  for (bool randomOrder : {false, true}) {
    std::vector<uint32_t> out(32);
    Options options;
    options.randomOrder = randomOrder;
    expectClean(run(producerAndConsumer, out.data(), 64, 128, options));
    for (uint32_t lane = 0; lane < 32; ++lane)
      EXPECT_EQ(out[lane], 45 * (31 - lane));
  }
}

TEST(Collectives, BarriersDoNotWaitForThreadsThatExited) {
  expectClean(run(
      [](void **) {
        if (warp() == 1)
          return;
        barrier();
        if (warp() == 2)
          return;
        barrier();
      },
      nullptr, 128));
}

TEST(Collectives, BlocksOfOddSizes) {
  // The last warp is not full.
  std::vector<uint32_t> out(50);
  expectClean(run(
      [](void **parameters) {
        static const Site site =
            makeSite(LOWBIT_SIMT_REDUX, 2, 1, {LOWBIT_SIMT_REDUX_ADD});
        barrier();
        argument<uint32_t>(parameters)[thread()] = value(site, {1, full});
        barrier();
      },
      out.data(), 50));
  for (uint32_t i = 0; i < 50; ++i)
    EXPECT_EQ(out[i], i < 32 ? 32u : 18u);
}

} // namespace
