//===- AttentionMatrixTest.cpp - Every type, encoding and mask ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels of attention for all types of elements, encodings of keys and values
// and kinds of masks with each other; head sizes and groups of heads go along
// in turn. Each kernel is compiled once and runs for several lengths.
//
//===----------------------------------------------------------------------===//

#include "AttentionCases.h"

#include "llvm/Support/MathExtras.h"

#include <gtest/gtest.h>

#include <cstdio>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;

namespace {

constexpr Half elements[] = {Half::F16, Half::BF16};
constexpr std::optional<Codes> encodings[] = {
    std::nullopt, Codes::I8, Codes::I4, Codes::F8E4M3FN, Codes::F8E5M2};
enum class Seen {
  All,
  Causal,
  Window,
  Boolean,
  Added,
  Alibi,
  Lengths,
  TopLeft
};
constexpr unsigned kinds = 8;
constexpr unsigned kernels = std::size(elements) * std::size(encodings) * kinds;

/// Queries and keys.
constexpr std::pair<int64_t, int64_t> lengths[] = {
    {1, 1}, {1, 77}, {17, 17}, {33, 65}, {70, 31}, {5, 130}};

struct Case {
  AttentionSpec spec;
  AttentionSizes sizes;
};

void setSeen(Seen seen, Case &made) {
  AttentionSpec &spec = made.spec;
  AttentionSizes &sizes = made.sizes;
  switch (seen) {
  case Seen::All:
    return;
  case Seen::Causal:
    spec.causal = true;
    return;
  case Seen::Window:
    spec.windowLeft = spec.windowRight = true;
    sizes.windowLeft = 19;
    sizes.windowRight = 6;
    return;
  case Seen::Boolean:
    spec.mask = MaskType::Boolean;
    sizes.maskSharedByHeads = true;
    return;
  case Seen::Added:
    spec.mask = MaskType::F32;
    spec.maskSharedByRows = spec.element == Half::F16;
    return;
  case Seen::Alibi:
    spec.causal = spec.alibi = spec.softCap = true;
    sizes.cap = 5;
    return;
  case Seen::Lengths:
    spec.causal = spec.keyLengths = true;
    sizes.sequences = 3;
    return;
  case Seen::TopLeft:
    spec.causal = spec.topLeft = spec.windowLeft = true;
    sizes.pastKeys = 3;
    sizes.windowLeft = 40;
    return;
  }
}

Case getCase(unsigned i) {
  constexpr int64_t headSizes[] = {8,  18,  36,  50,  64, 80,
                                   96, 112, 128, 192, 256};
  Case made;
  AttentionSpec &spec = made.spec;
  Half element = elements[i % std::size(elements)];
  auto codes = encodings[i / std::size(elements) % std::size(encodings)];
  // Rows are of at least 4 bytes.
  MatrixStorage storage{codes, codes ? ScaleType::F32 : ScaleType::None};
  int64_t step = 32 / storage.getBits();
  spec = getSpec(llvm::alignTo(headSizes[i % std::size(headSizes)], step),
                 element);
  spec.key = spec.value = storage;
  if (i % 4 == 3)
    spec.valueSize = llvm::alignTo(spec.headSize / 2, step);
  fitAlignments(spec);
  spec.logSumExp = i % 5 < 3;
  AttentionSizes &sizes = made.sizes;
  if (i % 3) {
    spec.grouped = true;
    spec.packedHeads = i % 3 == 2;
    sizes.heads = 6;
    sizes.keyHeads = i % 3;
    sizes.headsInRows = i % 2;
  }
  setSeen(Seen(i / (kernels / kinds)), made);
  return made;
}

class AttentionMatrixTest : public testing::TestWithParam<unsigned> {};

TEST_P(AttentionMatrixTest, IsSoftmaxInDoublePrecision) {
  Case made = getCase(GetParam());
  AttentionRun run(made.spec);
  for (auto [queries, keys] : lengths) {
    AttentionSizes sizes = made.sizes;
    sizes.queries = {queries};
    sizes.keys = {keys, keys / 2, 0};
    sizes.seed = GetParam() + 1;
    EXPECT_EQ(run.run(sizes), "") << queries << " queries, " << keys << " keys";
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, AttentionMatrixTest,
                         testing::Range(0u, kernels),
                         [](const testing::TestParamInfo<unsigned> &info) {
                           return std::to_string(info.param) + "_" +
                                  getCase(info.param).spec.getName();
                         });

TEST(AttentionMatrixTest, Count) {
  constexpr size_t cases = kernels * std::size(lengths);
  std::printf("%u kernels of attention, %zu cases\n", kernels, cases);
  static_assert(cases >= 300);
}

} // namespace
