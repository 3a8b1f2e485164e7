//===- PanelsTest.cpp - Panels against their definition, and back ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Layout/Panels.h"
#include "lowbit/Numerics/Packing.h"

#include <gtest/gtest.h>

#include <random>

using namespace lowbit::numerics;

namespace {

std::vector<uint8_t> randomBytes(size_t n, std::mt19937 &generator) {
  std::vector<uint8_t> bytes(n);
  for (uint8_t &byte : bytes)
    byte = static_cast<uint8_t>(generator());
  return bytes;
}

/// Parts with every bit random except those that pad rows.
Parts randomParts(ShapeRef shape, const Format &format,
                  std::mt19937 &generator) {
  PartSizes sizes = partSizes(shape, format);
  Parts parts;
  for (PartKind kind : allPartKinds)
    parts[kind] = randomBytes(sizes[kind], generator);
  auto clearPadding = [&](std::vector<uint8_t> &bytes, size_t n) {
    size_t rest = n * format.codec->bits() % 8;
    size_t row = packedRowBytes(n, format.codec->bits());
    for (size_t i = row; rest && i <= bytes.size(); i += row)
      bytes[i - 1] &= (1u << rest) - 1;
  };
  clearPadding(parts[PartKind::Codes], shape[1]);
  Shape scales = Granularity::get(shape, format.blockShape)->scaleShape();
  clearPadding(parts[PartKind::ZeroPoints], scales.empty() ? 1 : scales.back());
  return parts;
}

struct Case {
  Shape shape;
  unsigned reduction;
  int64_t group; // along the reduction; 0 for one scale
  bool perColumn;
};

const Case cases[] = {
    {{64, 32}, 0, 16, true},  {{37, 45}, 0, 10, true}, {{45, 37}, 1, 7, true},
    {{5, 3}, 0, 0, true},     {{3, 5}, 1, 0, true},    {{129, 65}, 0, 0, false},
    {{65, 129}, 1, 0, false}, {{33, 1}, 0, 32, true},  {{1, 33}, 1, 8, true},
    {{1, 1}, 0, 0, false},    {{40, 24}, 1, 5, false},
};

Format makeFormat(const Case &c, const char *codec, bool hasZeroPoint) {
  Format format{getNamedCodec(codec), Shape(2), ScaleType::F16, hasZeroPoint};
  format.blockShape[c.reduction] = c.group;
  format.blockShape[1 - c.reduction] = c.perColumn;
  return format;
}

template <typename Fn>
void forEachCase(Fn &&fn) {
  std::mt19937 generator(3);
  for (const Case &c : cases)
    for (const char *codec : {"i8", "u4", "i4", "nf4", "u2", "u1", "i3", "u5",
                              "u6", "i7", "f6E2M3FN", "bf16", "f32"})
      for (bool hasZeroPoint : {false, true})
        for (int64_t step : {1, 2, 4})
          for (int64_t columns : {8, 32}) {
            if (hasZeroPoint && !getNamedCodec(codec)->isAffine())
              continue;
            Format format = makeFormat(c, codec, hasZeroPoint);
            PanelLayout layout{columns, step, c.reduction};
            fn(c, format, layout, randomParts(c.shape, format, generator));
          }
}

TEST(Panels, UnpackInvertsPack) {
  forEachCase([](const Case &c, const Format &format, const PanelLayout &layout,
                 const Parts &rows) {
    auto panels = packPanels(rows, c.shape, format, layout, 2);
    ASSERT_TRUE(panels) << panels.error().message;
    auto back = unpackPanels(*panels, c.shape, format, layout, 2);
    ASSERT_TRUE(back);
    EXPECT_EQ((*back)[PartKind::Codes], rows[PartKind::Codes]);
    EXPECT_EQ((*back)[PartKind::Scales], rows[PartKind::Scales]);
    EXPECT_EQ((*back)[PartKind::ZeroPoints], rows[PartKind::ZeroPoints]);
  });
}

/// (C200) The bits of codes that lie together in a tile, the lowest first.
std::vector<unsigned> fieldsOf(unsigned bits) {
  switch (bits) {
  case 3:
    return {2, 1};
  case 5:
    return {4, 1};
  case 6:
    return {4, 2};
  case 7:
    return {4, 2, 1};
  default:
    return {bits};
  }
}

/// The definition, element by element: each code, scale and zero point at its
/// place, and nothing but zeros elsewhere. (C200), (C11)
TEST(Panels, EveryBitIsWhereTheDefinitionSays_C11) {
  forEachCase([](const Case &c, const Format &format, const PanelLayout &layout,
                 const Parts &rows) {
    unsigned bits = format.codec->bits();
    int64_t depth = c.shape[c.reduction], width = c.shape[1 - c.reduction];
    int64_t group = c.group ? c.group : depth;
    int64_t groups = (depth + group - 1) / group;
    int64_t columns = layout.columns, step = layout.step;
    int64_t tilesOfGroup = (group + step - 1) / step;
    int64_t tiles =
        depth / group * tilesOfGroup + (depth % group + step - 1) / step;
    int64_t numPanels = (width + columns - 1) / columns;
    int64_t tileCodes = columns * step, tileBytes = tileCodes * bits / 8;

    auto plain = unpackParts(rows, c.shape, format);
    ASSERT_TRUE(plain);
    Parts expected;
    expected[PartKind::Codes].resize(numPanels * tiles * tileBytes);
    expected[PartKind::Scales].resize(numPanels * groups * columns * 2);
    if (format.hasZeroPoint)
      expected[PartKind::ZeroPoints].resize(numPanels * groups * columns);
    auto granularity = Granularity::get(c.shape, format.blockShape);
    for (int64_t n = 0; n < width; ++n)
      for (int64_t k = 0; k < depth; ++k) {
        int64_t element = c.reduction == 0 ? k * width + n : n * depth + k;
        int64_t g = k / group, panel = n / columns, column = n % columns;
        int64_t tile = g * tilesOfGroup + k % group / step;
        int64_t code = column * step + k % group % step;
        int64_t first = (panel * tiles + tile) * tileBytes;
        // (C11)
        if (int64_t bytes = bits / 8; bytes > 1) {
          for (int64_t byte = 0; byte < bytes; ++byte)
            expected[PartKind::Codes][first + code * bytes + byte] =
                plain->codes[element * bytes + byte];
        } else {
          unsigned value = plain->codes[element] & ((1u << bits) - 1);
          for (unsigned field : fieldsOf(bits)) {
            int64_t bytes = tileCodes * field / 8;
            expected[PartKind::Codes][first + code % bytes] |=
                (value & ((1u << field) - 1)) << (code / bytes * field);
            value >>= field;
            first += bytes;
          }
        }
        int64_t scale = granularity->scaleIndex(element);
        int64_t place = (panel * groups + g) * columns + column;
        expected[PartKind::Scales][place * 2] =
            rows[PartKind::Scales][scale * 2];
        expected[PartKind::Scales][place * 2 + 1] =
            rows[PartKind::Scales][scale * 2 + 1];
        if (format.hasZeroPoint)
          expected[PartKind::ZeroPoints][place] = plain->zeroPoints[scale];
      }

    auto panels = packPanels(rows, c.shape, format, layout, 1);
    ASSERT_TRUE(panels);
    EXPECT_EQ((*panels)[PartKind::Codes], expected[PartKind::Codes]);
    EXPECT_EQ((*panels)[PartKind::Scales], expected[PartKind::Scales]);
    EXPECT_EQ((*panels)[PartKind::ZeroPoints], expected[PartKind::ZeroPoints]);
  });
}

// (C107) Nested scales stay as they are, in whatever order panels have.
TEST(Panels, NestedScalesStay_C107) {
  std::mt19937 generator(4);
  for (const Case &c : cases)
    for (ScaleType type : {ScaleType::U8, ScaleType::F8E4M3FN, ScaleType::F16})
      for (int64_t block : {0, 3, 256}) {
        Format format = makeFormat(c, "nf4", false);
        format.scaleType = type;
        format.nestedScales = NestedScales{ScaleType::F32, block};
        Parts rows = randomParts(c.shape, format, generator);
        PanelLayout layout{32, 4, c.reduction};
        auto panels = packPanels(rows, c.shape, format, layout, 2);
        ASSERT_TRUE(panels) << panels.error().message;
        EXPECT_EQ((*panels)[PartKind::NestedScales],
                  rows[PartKind::NestedScales]);
        auto back = unpackPanels(*panels, c.shape, format, layout, 2);
        ASSERT_TRUE(back);
        for (PartKind kind : allPartKinds)
          EXPECT_EQ((*back)[kind], rows[kind]);
      }
}

// (C107) There need be no scales.
TEST(Panels, ScalesMayBeMissing_C107) {
  std::mt19937 generator(5);
  for (const char *codec : {"i8", "f8E4M3FN", "f16", "bf16", "f32"})
    for (unsigned reduction : {0, 1}) {
      Format format{getNamedCodec(codec), {0, 0}, ScaleType::One, false};
      Shape shape = {37, 45};
      Parts rows = randomParts(shape, format, generator);
      PanelLayout layout{32, 2, reduction};
      auto panels = packPanels(rows, shape, format, layout, 2);
      ASSERT_TRUE(panels) << panels.error().message;
      EXPECT_TRUE((*panels)[PartKind::Scales].empty());
      auto back = unpackPanels(*panels, shape, format, layout, 2);
      ASSERT_TRUE(back);
      EXPECT_EQ((*back)[PartKind::Codes], rows[PartKind::Codes]);
    }
}

TEST(Panels, WhatDoesNotFitIsAnError) {
  Format format{getNamedCodec("u4"), {16, 1}, ScaleType::F16, true};
  auto messageOf = [](ShapeRef shape, const Format &format,
                      const PanelLayout &layout) {
    auto error = verifyPanels(shape, format, layout);
    return error ? error->message : std::string();
  };
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {32, 4, 0}), "");
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {24, 4, 0}),
            "panels have 8 to 1024 columns, a power of two");
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {1024, 4, 0}), "");
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {2048, 4, 0}),
            "panels have 8 to 1024 columns, a power of two");
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {32, 3, 0}),
            "panels step by 1, 2 or 4");
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {32, 4, 2}),
            "the reduction axis of a matrix is 0 or 1");
  EXPECT_EQ(messageOf(Shape{32, 8}, format, {32, 4, 1}),
            "panels need a scale of each column's own, or one for all");
  Format cube{getNamedCodec("i8"), {0, 0, 1}, ScaleType::F32, false};
  EXPECT_EQ(messageOf(Shape{2, 3, 4}, cube, {32, 1, 0}),
            "panels lay out matrices, not tensors of rank 3");

  Parts rows = Parts::allocate(Shape{32, 8}, format);
  rows[PartKind::Codes].pop_back();
  EXPECT_FALSE(packPanels(rows, Shape{32, 8}, format, {32, 4, 0}));
}

TEST(Panels, EmptyMatrices) {
  Format format{getNamedCodec("u4"), {16, 1}, ScaleType::F32, true};
  for (const Shape &shape : {Shape{0, 8}, Shape{8, 0}, Shape{0, 0}}) {
    auto panels =
        packPanels(Parts::allocate(shape, format), shape, format, {32, 4, 0});
    ASSERT_TRUE(panels);
    EXPECT_TRUE((*panels)[PartKind::Codes].empty());
  }
}

} // namespace
