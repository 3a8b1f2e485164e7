//===- simt.cpp - Rates of the emulator's collectives ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The collectives of a flash-attention kernel without its arithmetic: a head of
// S = 1024, d = 64 in bf16 by 16 blocks of 128 threads, each of which goes over
// 16 tiles of 64 keys. Per tile and warp: 64 mma.sync (half of them for Q *
// K^T, half for P * V), 32 ldmatrix x4, 8 shuffles, 2 barriers, and K and V of
// the next tile by cp.async. One host thread.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/Launch.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace lowbit::simt;

namespace {

constexpr unsigned tiles = 16;
constexpr unsigned tileBytes = 64 * 64 * 2;

constexpr LowbitSimtSite mmaSite = {
    LOWBIT_SIMT_MMA,
    10,
    4,
    {16, 8, 16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_F32, 0},
    0,
    "mma"};
constexpr LowbitSimtSite ldmatrixSite = {
    LOWBIT_SIMT_LDMATRIX, 1, 4, {4, 0}, 0, "ldmatrix"};
constexpr LowbitSimtSite transposedSite = {
    LOWBIT_SIMT_LDMATRIX, 1, 4, {4, 1}, 0, "ldmatrix.trans"};
constexpr LowbitSimtSite shuffleSite = {LOWBIT_SIMT_SHUFFLE, 4, 1,
                                        {LOWBIT_SIMT_BFLY},  0, "shuffle"};
constexpr LowbitSimtSite barrierSite = {
    LOWBIT_SIMT_BARRIER, 2, 0, {}, 0, "barrier"};
constexpr LowbitSimtSite copySite = {
    LOWBIT_SIMT_COPY_ASYNC, 3, 0, {16, 1}, 0, "copy"};
constexpr LowbitSimtSite commitSite = {
    LOWBIT_SIMT_COPY_COMMIT, 0, 0, {}, 0, "commit"};
constexpr LowbitSimtSite waitSite = {
    LOWBIT_SIMT_COPY_WAIT, 0, 0, {0}, 0, "wait"};

void copyTile(const char *source, char *destination, unsigned thread) {
  for (unsigned i = 0; i < tileBytes / 16 / 128; ++i) {
    unsigned at = (i * 128 + thread) * 16;
    uint64_t slots[3] = {reinterpret_cast<uint64_t>(destination + at),
                         reinterpret_cast<uint64_t>(source + at), 16};
    lowbit_simt_op(&copySite, slots, nullptr);
  }
  lowbit_simt_op(&commitSite, nullptr, nullptr);
}

void barrier() {
  uint64_t slots[2] = {0, 0};
  lowbit_simt_op(&barrierSite, slots, nullptr);
}

void multiply(const uint64_t *a, const uint64_t *b, uint64_t *c) {
  uint64_t slots[10];
  std::memcpy(slots, a, 32);
  std::memcpy(slots + 4, b, 16);
  std::memcpy(slots + 6, c, 32);
  lowbit_simt_op(&mmaSite, slots, c);
}

/// Loads 64x64 values as operands B, four at a time, and multiplies with each.
void multiplyTile(const LowbitSimtSite &load, const char *tile, unsigned lane,
                  const uint64_t *a, uint64_t (*c)[4]) {
  for (unsigned k = 0; k < 4; ++k)
    for (unsigned n = 0; n < 8; n += 2) {
      uint64_t address = reinterpret_cast<uint64_t>(
          tile + ((n * 8 + lane % 16) * 64 + k * 16 + lane / 16 * 8) * 2);
      uint64_t b[4];
      lowbit_simt_op(&load, &address, b);
      multiply(a + 4 * k, b, c[n]);
      multiply(a + 4 * k, b + 2, c[n + 1]);
    }
}

void kernel(void **parameters) {
  const char *keys = *static_cast<const char **>(parameters[0]);
  auto *out = *static_cast<uint64_t **>(parameters[1]);
  char *shared = static_cast<char *>(lowbit_simt_shared());
  unsigned thread = lowbit_simt_sreg(LOWBIT_SIMT_TID_X);
  unsigned lane = lowbit_simt_sreg(LOWBIT_SIMT_LANEID);
  uint64_t a[16] = {}, scores[8][4] = {}, values[8][4] = {};
  copyTile(keys, shared, thread);
  for (unsigned tile = 0; tile < tiles; ++tile) {
    lowbit_simt_op(&waitSite, nullptr, nullptr);
    barrier();
    char *current = shared + tile % 2 * 2 * tileBytes;
    char *next = shared + (tile + 1) % 2 * 2 * tileBytes;
    copyTile(keys, next, thread);
    copyTile(keys, next + tileBytes, thread);
    multiplyTile(ldmatrixSite, current, lane, a, scores);
    for (unsigned i = 0; i < 8; ++i) {
      uint64_t slots[4] = {0xffffffff, scores[i][0], 1u << i % 2, 31};
      lowbit_simt_op(&shuffleSite, slots, scores[i]);
    }
    multiplyTile(transposedSite, current, lane, a, values);
    barrier();
  }
  out[lowbit_simt_sreg(LOWBIT_SIMT_CTAID_X) * 128 + thread] = values[0][0];
}

void head(benchmark::State &state, const Options &options) {
  std::vector<char> keys(tileBytes);
  std::vector<uint64_t> out(16 * 128);
  char *keysPointer = keys.data();
  uint64_t *outPointer = out.data();
  void *parameters[] = {&keysPointer, &outPointer};
  for (auto _ : state) {
    Result<Report> report = launch({"attention", kernel}, {16}, {128},
                                   4 * tileBytes, parameters, options);
    if (!report) {
      state.SkipWithError(report.error().text().c_str());
      break;
    }
  }
}

void unchecked(benchmark::State &state) {
  Options options;
  options.threads = 1;
  options.checks = false;
  head(state, options);
}
BENCHMARK(unchecked)->Unit(benchmark::kMillisecond);

void checked(benchmark::State &state) {
  Options options;
  options.threads = 1;
  head(state, options);
}
BENCHMARK(checked)->Unit(benchmark::kMillisecond);

void counted(benchmark::State &state) {
  Options options;
  options.threads = 1;
  options.checks = false;
  options.counters = true;
  head(state, options);
}
BENCHMARK(counted)->Unit(benchmark::kMillisecond);

/// One warp that meets again and again: the cost of a switch per item.
void meetings(void **) {
  static const LowbitSimtSite site = {
      LOWBIT_SIMT_WARP_BARRIER, 1, 0, {}, 0, "meetings"};
  uint64_t mask = 0xffffffff;
  for (unsigned i = 0; i < 10000; ++i)
    lowbit_simt_op(&site, &mask, nullptr);
}

void switches(benchmark::State &state) {
  Options options;
  options.checks = false;
  for (auto _ : state)
    if (!launch({"meetings", meetings}, {1}, {32}, 0, nullptr, options))
      state.SkipWithError("the launch failed");
  state.SetItemsProcessed(state.iterations() * 10000 * 32);
}
BENCHMARK(switches)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
