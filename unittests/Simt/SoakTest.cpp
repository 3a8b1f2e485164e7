//===- SoakTest.cpp - A good kernel in many schedules ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tiled product of matrices with all that our kernels are made of: stages of
// asynchronous copies, a swizzle, ldmatrix and mma.sync, shuffles, an exchange
// within a warp and one within a block. Whatever the order, nothing may be
// found and the result is the same to the bit.
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

using namespace device;
using lowbit::simt::Completion;

namespace {

constexpr unsigned rows = 64, depth = 128, columns = 16, stages = 3;
constexpr unsigned slice = 16;

struct Product {
  std::vector<uint16_t> a, bt; // [rows][depth], [columns][depth]
  std::vector<float> c;        // [rows][columns]
  std::vector<float> sums;     // of rows
};

constexpr Site copy16 = copySite(16, "copy");
constexpr Site load4 = makeSite(LOWBIT_SIMT_LDMATRIX, 1, 4, {4, 0}, "a");
constexpr Site mmaSite = makeSite(
    LOWBIT_SIMT_MMA, 10, 4,
    {16, 8, 16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_F32}, "mma");
constexpr Site shfl =
    makeSite(LOWBIT_SIMT_SHUFFLE, 4, 1, {LOWBIT_SIMT_BFLY}, "shfl");
constexpr Site sharedStore = storeSite(4, sharedSpace, "st");
constexpr Site sharedLoad = loadSite(4, sharedSpace, "ld");
constexpr Site globalStore = storeSite(4, globalSpace, "out");

/// Offset of 16 bytes of a row of 32 in a stage.
unsigned swizzled(unsigned row, unsigned half) {
  return row * 32 + (half ^ (row / 4 % 2)) * 16;
}

/// 4 warps, 16 rows each; 80 rows of 32 bytes in a stage: A, then B.
void product(void **parameters) {
  auto *test = argument<Product>(parameters);
  constexpr unsigned stageBytes = (rows + columns) * 32;
  unsigned firstRow = warp() * 16;
  auto issue = [&](unsigned step) {
    if (step < depth / slice)
      for (unsigned i = thread(); i < (rows + columns) * 2; i += 128) {
        unsigned row = i / 2, half = i % 2;
        const uint16_t *from = row < rows ? &test->a[row * depth]
                                          : &test->bt[(row - rows) * depth];
        op(copy16, {bits(shared<char>(step % stages * stageBytes +
                                      swizzled(row, half))),
                    bits(from + step * slice + half * 8), 16});
      }
    commit();
  };
  uint64_t c[2][4] = {};
  for (unsigned step = 0; step < stages - 1; ++step)
    issue(step);
  for (unsigned step = 0; step < depth / slice; ++step) {
    wait<stages - 2>();
    barrier();
    issue(step + stages - 1);
    char *stage = shared<char>(step % stages * stageBytes);
    uint64_t a[4], b[4];
    op(load4, {bits(stage + swizzled(firstRow + lane() % 16, lane() / 16))}, a);
    op(load4,
       {bits(stage +
             swizzled(rows + lane() % 8 + lane() / 16 * 8, lane() / 8 % 2))},
       b);
    for (unsigned n = 0; n < 2; ++n)
      op(mmaSite,
         {a[0], a[1], a[2], a[3], b[2 * n], b[2 * n + 1], c[n][0], c[n][1],
          c[n][2], c[n][3]},
         c[n]);
  }
  barrier();
  // Sums of rows: over the lanes of a row, then through shared memory.
  for (unsigned half = 0; half < 2; ++half) {
    float sum = 0;
    for (unsigned n = 0; n < 2; ++n)
      for (unsigned i = 0; i < 2; ++i)
        sum += std::bit_cast<float>(uint32_t(c[n][2 * half + i]));
    for (unsigned step = 1; step < 4; step *= 2)
      sum += std::bit_cast<float>(
          value(shfl, {full, std::bit_cast<uint32_t>(sum), step, 31}));
    if (lane() % 4 == 0)
      store(sharedStore, shared<float>() + firstRow + half * 8 + lane() / 4,
            sum);
  }
  warpBarrier();
  if (lane() < 16)
    store(globalStore, &test->sums[firstRow + lane()],
          load(sharedLoad, shared<float>() + firstRow + lane()));
  for (unsigned n = 0; n < 2; ++n)
    for (unsigned i = 0; i < 4; ++i)
      store(globalStore,
            &test->c[(firstRow + lane() / 4 + i / 2 * 8) * columns + n * 8 +
                     lane() % 4 * 2 + i % 2],
            std::bit_cast<float>(uint32_t(c[n][i])));
}

TEST(Soak, AGoodKernelInManySchedules) {
  Product test;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (auto [values, count] :
       {std::pair(&test.a, rows * depth), {&test.bt, columns * depth}})
    for (unsigned i = 0; i < count; ++i)
      values->push_back(lowbit::numerics::bf16FromF32(normal(random)));
  std::vector<float> first;
  unsigned runs = std::getenv("LOWBIT_SLOW_TESTS") ? 20000 : 60;
  for (unsigned seed = 0; seed < runs; ++seed) {
    test.c.assign(rows * columns, NAN);
    test.sums.assign(rows, NAN);
    Options options;
    options.seed = seed;
    options.randomOrder = seed > 0;
    options.completion = Completion(seed % 3);
    options.checks = seed % 4 != 3;
    options.counters = seed % 8 == 0;
    options.buffers = {{test.a.data(), test.a.size() * 2, "a", false},
                       {test.bt.data(), test.bt.size() * 2, "b", false},
                       {test.c.data(), test.c.size() * 4, "c"},
                       {test.sums.data(), test.sums.size() * 4, "sums"}};
    auto result =
        run(product, &test, 128, stages * (rows + columns) * 32, options);
    ASSERT_TRUE(result) << "seed " << seed << ": " << result.error().text();
    std::vector<float> all = test.c;
    all.insert(all.end(), test.sums.begin(), test.sums.end());
    if (first.empty()) {
      first = all;
      for (unsigned row = 0; row < rows; ++row)
        for (unsigned column = 0; column < columns; ++column) {
          double sum = 0, magnitude = 0;
          for (unsigned k = 0; k < depth; ++k) {
            double product =
                lowbit::numerics::f32FromBF16(test.a[row * depth + k]) *
                lowbit::numerics::f32FromBF16(test.bt[column * depth + k]);
            sum += product;
            magnitude += std::abs(product);
          }
          ASSERT_NEAR(test.c[row * columns + column], sum,
                      magnitude * depth * 0x1p-24);
        }
    }
    ASSERT_EQ(all, first) << "seed " << seed;
  }
}

} // namespace
