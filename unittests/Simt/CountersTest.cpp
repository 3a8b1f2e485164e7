//===- CountersTest.cpp - What a launch did, counted ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include "Requests.h"

#include <vector>

using namespace device;
using lowbit::simt::Counters;
using lowbit::simt::globalCost;
using lowbit::simt::LaneAccess;
using lowbit::simt::sharedCost;
using lowbit::simt::SiteCounters;

namespace {

/// 32 lanes that access `bytes` at `stride * lane`.
std::vector<LaneAccess> strided(uint32_t bytes, uint64_t stride,
                                uint64_t base = 0) {
  std::vector<LaneAccess> lanes;
  for (uint32_t lane = 0; lane < 32; ++lane)
    lanes.push_back({base + stride * lane, bytes, lane});
  return lanes;
}

TEST(Counters, BankConflictsByStride) {
  // 4 bytes: one turn without conflicts.
  for (auto [stride, wavefronts] :
       std::vector<std::pair<uint64_t, uint64_t>>{{0, 1},
                                                  {4, 1},
                                                  {8, 2},
                                                  {12, 1},
                                                  {16, 4},
                                                  {64, 16},
                                                  {128, 32},
                                                  {132, 1}}) {
    EXPECT_EQ(sharedCost(strided(4, stride)).wavefronts, wavefronts) << stride;
    EXPECT_EQ(sharedCost(strided(4, stride)).ideal, 1u);
  }
  // Two lanes to a word share it.
  EXPECT_EQ(sharedCost(strided(2, 2)).wavefronts, 1u);
  // 8 bytes: 16 lanes at a time.
  EXPECT_EQ(sharedCost(strided(8, 8)).wavefronts, 2u);
  EXPECT_EQ(sharedCost(strided(8, 8)).ideal, 2u);
  EXPECT_EQ(sharedCost(strided(8, 16)).wavefronts, 4u);
  // 16 bytes: 8 lanes at a time.
  EXPECT_EQ(sharedCost(strided(16, 16)).wavefronts, 4u);
  EXPECT_EQ(sharedCost(strided(16, 16)).ideal, 4u);
  EXPECT_EQ(sharedCost(strided(16, 128)).wavefronts, 32u);
  EXPECT_EQ(sharedCost(strided(16, 144)).wavefronts, 4u);
  // Half of the lanes take half of the turns.
  std::vector<LaneAccess> lanes = strided(16, 16);
  lanes.resize(16);
  EXPECT_EQ(sharedCost(lanes).ideal, 2u);
}

TEST(Counters, SectorsByStride) {
  auto expect = [](std::vector<LaneAccess> lanes, uint64_t sectors,
                   uint64_t ideal) {
    EXPECT_EQ(globalCost(lanes).sectors, sectors);
    EXPECT_EQ(globalCost(lanes).ideal, ideal);
  };
  expect(strided(4, 4), 4, 4);
  expect(strided(4, 4, 16), 5, 4);
  expect(strided(16, 16), 16, 16);
  expect(strided(4, 32), 32, 4);
  expect(strided(4, 0), 1, 1);
  expect(strided(2, 64), 32, 2);
}

constexpr Site copy16 = copySite(16, "k:1");
constexpr Site plainLd = makeSite(LOWBIT_SIMT_LDMATRIX, 1, 4, {4, 0}, "k:2");
constexpr Site otherLd = makeSite(LOWBIT_SIMT_LDMATRIX, 1, 4, {4, 0}, "k:3");
constexpr Site out4 = storeSite(4, globalSpace, "k:4");
constexpr Site ex2 =
    makeSite(LOWBIT_SIMT_ARITHMETIC, 0, 0, {LOWBIT_SIMT_EXP2}, "k:5");
constexpr Site wide =
    makeSite(LOWBIT_SIMT_LOAD, 0, 0, {32, globalSpace, 16}, "k:6");

/// 64 rows of 128 bytes; copied well, read once with and once without swizzle.
void counted(void **parameters) {
  char *memory = argument<char>(parameters);
  for (unsigned i = 0; i < 8; ++i) {
    unsigned row = i * 8 + thread() / 8, part = thread() % 8;
    op(copy16, {bits(shared<char>(row * 128 + (part ^ row % 8) * 16)),
                bits(memory + row * 128 + part * 16), 16});
  }
  commit();
  wait<0>();
  barrier();
  uint64_t results[4];
  unsigned row = lane() % 16, part = lane() / 16;
  op(plainLd, {bits(shared<char>(row * 128 + (part ^ row % 8) * 16))}, results);
  op(otherLd, {bits(shared<char>(row * 128 + part * 16))}, results);
  // Only every second thread, twice.
  if (thread() % 2 == 0)
    for (unsigned i = 0; i < 2; ++i) {
      lowbit_simt_count(&ex2);
      auto *out = reinterpret_cast<uint32_t *>(memory) + 64 * i + thread();
      store(out4, out, 1u);
    }
  lowbit_simt_access(&wide, memory + 32 * thread());
}

Counters count(unsigned threads) {
  alignas(128) static char memory[64 * 128];
  Options options;
  options.counters = true;
  options.threads = threads;
  auto result = run(counted, memory, 64, 64 * 128, options, {3, 1, 1});
  expectClean(result);
  return result ? result->counters : Counters();
}

const SiteCounters &at(const Counters &counters, const char *location) {
  for (const SiteCounters &site : counters.sites)
    if (site.location == location)
      return site;
  static const SiteCounters none;
  ADD_FAILURE() << "nothing at " << location;
  return none;
}

TEST(Counters, OfAKernel) {
  Counters counters = count(1);
  // 3 blocks of 2 warps.
  const SiteCounters &copy = at(counters, "k:1");
  EXPECT_EQ(copy.op, "cp.async cg 16");
  EXPECT_EQ(copy.executions, 48u);
  EXPECT_EQ(copy.sharedBytes, 48u * 512);
  EXPECT_EQ(copy.sharedWavefronts, 48u * 4);
  EXPECT_EQ(copy.bankConflicts(), 0u);
  EXPECT_EQ(copy.globalRequests, 48u);
  EXPECT_EQ(copy.globalSectors, 48u * 16);
  EXPECT_EQ(copy.globalIdealSectors, 48u * 16);
  EXPECT_EQ(copy.globalBytes, 48u * 512);

  const SiteCounters &good = at(counters, "k:2");
  EXPECT_EQ(good.op, "ldmatrix x4");
  EXPECT_EQ(good.executions, 6u);
  EXPECT_EQ(good.sharedBytes, 6u * 512);
  EXPECT_EQ(good.sharedWavefronts, 6u * 4);
  EXPECT_EQ(good.bankConflicts(), 0u);
  // All eight rows of a matrix in the same banks.
  const SiteCounters &bad = at(counters, "k:3");
  EXPECT_EQ(bad.sharedWavefronts, 6u * 32);
  EXPECT_EQ(bad.bankConflicts(), 6u * 28);

  const SiteCounters &stores = at(counters, "k:4");
  EXPECT_EQ(stores.op, "st global 4");
  EXPECT_EQ(stores.executions, 12u);
  EXPECT_EQ(stores.globalBytes, 12u * 64);
  EXPECT_EQ(stores.globalSectors, 12u * 4);
  EXPECT_EQ(stores.globalIdealSectors, 12u * 2);
  EXPECT_EQ(at(counters, "k:5").executions, 12u);
  EXPECT_EQ(at(counters, "k:5").op, "ex2");

  // 32 bytes a lane are moved 16 at a time.
  EXPECT_EQ(at(counters, "k:6").executions, 6u);
  EXPECT_EQ(at(counters, "k:6").globalRequests, 12u);
  EXPECT_EQ(at(counters, "k:6").globalSectors, 12u * 32);
  EXPECT_EQ(at(counters, "k:6").globalIdealSectors, 12u * 16);
}

TEST(Counters, DoNotDependOnHostThreads) {
  EXPECT_EQ(count(1).table(), count(4).table());
}

TEST(Counters, SumsAndTable) {
  Counters counters = count(1);
  uint64_t ldmatrix = 0;
  for (const SiteCounters &op : counters.byOp())
    if (op.op == "ldmatrix x4")
      ldmatrix = op.executions;
  EXPECT_EQ(ldmatrix, 12u);
  EXPECT_EQ(counters.total().bankConflicts(), 6u * 28);
  std::string table = counters.table();
  EXPECT_NE(table.find("op "), std::string::npos);
  EXPECT_NE(table.find("ldmatrix x4"), std::string::npos);
  EXPECT_NE(table.find("k:3\n"), std::string::npos) << table;
  EXPECT_NE(table.find("total"), std::string::npos);
}

TEST(Counters, NoneUnlessAsked) {
  auto result = run([](void **) { barrier(); }, nullptr);
  expectClean(result);
  EXPECT_TRUE(result->counters.sites.empty());
}

} // namespace
