//===- LargeTensorTest.cpp - Tensors whose indices need 64 bits -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Layout/Panels.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

using namespace lowbit::numerics;

namespace {

constexpr int64_t rows = 131'080, columns = 16'384, group = 128;
constexpr int64_t elements = rows * columns;
static_assert(elements > int64_t(1) << 31);

/// Zeros that take no memory until they are written.
class Zeros {
public:
  Zeros() {
    void *base =
        ::mmap(nullptr, elements * sizeof(float), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base != MAP_FAILED)
      data = static_cast<float *>(base);
  }
  Zeros(const Zeros &) = delete;
  ~Zeros() {
    if (data)
      ::munmap(data, elements * sizeof(float));
  }
  float *data = nullptr;
};

} // namespace

// 1.1 GB of codes; three times that where they are in rows, in panels and in
// rows again. Little is not zero: a group each at the start, on both sides of
// 2^31 elements, and at the end.
TEST(LargeTensor, U4InGroups) {
  if (!std::getenv("LOWBIT_SLOW_TESTS"))
    GTEST_SKIP() << "slow tier only (utils/check --slow)";
  constexpr int64_t memory = int64_t(4) << 30;
  if (::sysconf(_SC_AVPHYS_PAGES) * ::sysconf(_SC_PAGESIZE) < memory)
    GTEST_SKIP() << "less than 4 GB of memory are free";
  Zeros values;
  if (!values.data)
    GTEST_SKIP() << "cannot map 8.6 GB of zeros";

  constexpr int64_t places[] = {0, (int64_t(1) << 31) - group, int64_t(1) << 31,
                                elements - group};
  // Scales of 0.5, 1, 1.5, 2; the highest code first, zero points at 5.
  for (int i = 0; i < 4; ++i) {
    values.data[places[i]] = 10 * 0.5f * (i + 1);
    values.data[places[i] + group - 1] = -5 * 0.5f * (i + 1);
  }
  Shape shape = {rows, columns};
  Format format{getNamedCodec("u4"), {1, group}, ScaleType::F16, true};
  std::span<const float> all(values.data, elements);
  Result<Parts> parts = quantizeRoundToNearest(all, shape, format);
  ASSERT_TRUE(parts) << parts.error().message;
  const auto &codes = (*parts)[PartKind::Codes];
  const auto &zeroPoints = (*parts)[PartKind::ZeroPoints];
  ASSERT_EQ(codes.size(), size_t(elements) / 2);
  std::vector<float> scales((*parts)[PartKind::Scales].size() / 2);
  loadScales((*parts)[PartKind::Scales].data(), scales.size(), ScaleType::F16,
             scales.data());
  for (int i = 0; i < 4; ++i) {
    int64_t number = places[i] / group;
    EXPECT_EQ(scales[number], 0.5f * (i + 1)) << i;
    EXPECT_EQ(zeroPoints[number / 2] >> (number % 2 * 4) & 15, 5) << i;
    // The lower code in the lower bits.
    EXPECT_EQ(codes[places[i] / 2], 0x5f) << i;
    EXPECT_EQ(codes[places[i] / 2 + group / 2 - 1], 0x05) << i;
  }
  int64_t between = places[1] / group - 1;
  EXPECT_EQ(scales[between], 1.0f);
  EXPECT_EQ(codes[places[1] / 2 - 1], 0);

  auto lost = measureQuantization(all, *parts, shape, format);
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(lost->count(), elements);
  EXPECT_EQ(lost->maxAbsReference(), 20);
  EXPECT_EQ(lost->maxAbsError(), 0);

  PanelLayout layout{32, 4, 1};
  Result<Parts> panels = packPanels(*parts, shape, format, layout);
  ASSERT_TRUE(panels) << panels.error().message;
  Result<Parts> back = unpackPanels(*panels, shape, format, layout);
  ASSERT_TRUE(back) << back.error().message;
  for (PartKind kind : allPartKinds)
    EXPECT_TRUE((*back)[kind] == (*parts)[kind]) << partKindName(kind);
}
