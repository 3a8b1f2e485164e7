//===- UnderflowTest.cpp - Values that are too small for scales -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Underflow.h"

#include "QuantizeTesting.h"
#include "lowbit/Numerics/Quantize/Method.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

using namespace lowbit::numerics;

namespace {

constexpr int64_t rows = 8, columns = 16;
const Shape shape = {rows, columns};

/// A scale for each row.
Format byRows(ScaleType type, const char *codec = "i4") {
  Format format{getNamedCodec(codec), {1, wholeAxis}};
  format.scaleType = type;
  return format;
}

Format withoutScale(const char *codec) {
  Format format{getNamedCodec(codec), {wholeAxis, wholeAxis}};
  format.scaleType = ScaleType::One;
  return format;
}

/// Rows of values about as large as the factors.
std::vector<float> rowsOf(const std::vector<float> &factors) {
  std::vector<float> values = gaussian(rows * columns);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] *= factors[i / columns % factors.size()];
  return values;
}

Underflow find(const std::vector<float> &values, const Format &format) {
  auto parts = quantizeRoundToNearest(values, shape, format);
  EXPECT_TRUE(parts);
  Underflow underflow;
  EXPECT_FALSE(underflow.add(values, *parts, shape, format));
  return underflow;
}

TEST(Underflow, NothingToSay_C185) {
  for (float factor : {1.0f, 0.0f}) {
    Format format = byRows(ScaleType::F16);
    Underflow underflow = find(rowsOf({factor}), format);
    EXPECT_EQ(underflow.smallest, 0);
    EXPECT_EQ(underflow.scales, rows);
    EXPECT_EQ(underflow.describe(format), "");
  }
  // Zeros where no code is zero have the smallest scale, and lose nothing.
  Format signs = byRows(ScaleType::F16, "binary");
  EXPECT_EQ(find(rowsOf({0, 1}), signs).describe(signs), "");
}

TEST(Underflow, CountsScales_C185) {
  Format format = byRows(ScaleType::F16);
  // Of every four rows one is zero and two are too small.
  Underflow underflow = find(rowsOf({1, 0, 1e-9f, 1e-8f}), format);
  EXPECT_EQ(underflow.smallest, rows / 2);
  EXPECT_EQ(underflow.describe(format),
            "needs smaller scales than its encoding has: 4 of 8 scales are "
            "5.96e-08, the smallest of f16, or were raised to it; use bf16 or "
            "f32 scales");
  Format bf16 = byRows(ScaleType::BF16);
  EXPECT_EQ(find(rowsOf({1, 0, 1e-9f, 1e-8f}), bf16).describe(bf16), "");
  Format signs = byRows(ScaleType::F16, "binary");
  EXPECT_EQ(find(rowsOf({0, 1, 1e-9f, 1}), signs).smallest, rows / 4);
}

TEST(Underflow, CountsNestedScales_C185) {
  Format format = byRows(ScaleType::U8);
  format.nestedScales = NestedScales{ScaleType::F16, 2};
  EXPECT_EQ(
      find(rowsOf({1, 1e-9f, 0, 0, 1e-9f, 0, 1, 1}), format).describe(format),
      "needs smaller scales than its encoding has: 1 of 4 nested scales "
      "are 5.96e-08, the smallest of f16, or were raised to it; use bf16 "
      "or f32 nested scales");
}

TEST(Underflow, AllIsLost_C185) {
  std::vector<float> small = rowsOf({1e-12f});
  Format format = byRows(ScaleType::F16);
  EXPECT_EQ(find(small, format).describe(format),
            "decodes to zeros alone, though it is not zero: its values are too "
            "small for scales in f16; use bf16 or f32 scales");
  Format plain = withoutScale("i4");
  EXPECT_EQ(find(rowsOf({0.05f}), plain).describe(plain),
            "decodes to zeros alone, though it is not zero: its values are too "
            "small for codes without a scale; give its encoding a scale");
  EXPECT_EQ(find(rowsOf({0}), plain).describe(plain), "");
  EXPECT_EQ(find(rowsOf({1}), plain).describe(plain), "");
}

TEST(Underflow, CountsBlocksThatAreLost_C185) {
  // Of two rows that share a nested scale one is a thousandth of the other.
  Format nested = byRows(ScaleType::U8);
  nested.nestedScales = NestedScales{ScaleType::F32, 2};
  EXPECT_EQ(find(rowsOf({1, 1e-4f, 1, 0}), nested).describe(nested),
            "loses small values: 2 of 8 blocks decode to zeros alone, though "
            "they are not zero: their scales are too small for u8 beside the "
            "largest of their nested scale; use scales that are not nested");
  EXPECT_EQ(find(rowsOf({1, 0.5f, 1, 0}), nested).describe(nested), "");
  Format books{getLearnedCodec(4), {wholeAxis, wholeAxis}};
  books.scaleType = ScaleType::One;
  books.books = Books{4, {1, wholeAxis}, ScaleType::F16};
  std::vector<float> values = rowsOf({1, 1e-12f});
  auto parts = quantizeByMethod({values, shape, 0, {}}, books,
                                RangeKind::AbsMax, {Method::Kind::KMeans}, {});
  ASSERT_TRUE(parts);
  Underflow underflow;
  EXPECT_FALSE(underflow.add(values, *parts, shape, books));
  EXPECT_EQ(underflow.describe(books),
            "loses small values: 4 of 8 codebooks decode to zeros alone, "
            "though they are not zero: their values are too small for levels "
            "in f16; use levels in f32, or scales");
}

TEST(Underflow, CountsSlicesThatAreLost_C185) {
  Format half = withoutScale("f16");
  const std::string rest =
      " decode to zeros alone, though they are not zero: their values are too "
      "small for codes without a scale; give its encoding a scale";
  EXPECT_EQ(find(rowsOf({1, 1e-9f, 0, 1}), half).describe(half),
            "loses small values: 2 of 8 slices along axis 0" + rest);
  std::vector<float> values = rowsOf({1});
  for (int64_t i = 0; i < rows * columns; ++i)
    values[i] *= i % columns < 3 ? 1e-9f : i % columns == 5 ? 0 : 1;
  EXPECT_EQ(find(values, half).describe(half),
            "loses small values: 3 of 16 slices along axis 1" + rest);
  // One that is lost here is not, if further values along axis 0 are left.
  Underflow underflow;
  for (float factor : {1.0f, 1e12f}) {
    for (float &value : values)
      value *= factor;
    auto parts = quantizeRoundToNearest(values, shape, half);
    ASSERT_TRUE(parts);
    EXPECT_FALSE(underflow.add(values, *parts, shape, half));
  }
  EXPECT_EQ(underflow.describe(half), "");
  // Single small values are none.
  values = rowsOf({1});
  values[5] = 1e-9f;
  EXPECT_EQ(find(values, half).describe(half), "");
}

TEST(Underflow, PiecesAddUp) {
  Format plain = withoutScale("i4");
  Underflow underflow;
  // Zeros, what is lost, and what is not: together the tensor is lost in part.
  for (float factor : {0.0f, 0.01f, 3.0f}) {
    std::vector<float> values = rowsOf({factor});
    auto parts = quantizeRoundToNearest(values, shape, plain);
    ASSERT_TRUE(parts);
    EXPECT_FALSE(underflow.add(values, *parts, shape, plain));
    EXPECT_EQ(underflow.describe(plain).empty(), factor == 0);
  }
  EXPECT_TRUE(underflow.describe(plain).starts_with(
      "loses small values: 8 of 24 slices along axis 0 decode to zeros"));
}

TEST(Underflow, SparseAndWrongSizes) {
  Format format = byRows(ScaleType::F16);
  format.sparsity = Sparsity::pattern(2, 4, 1);
  EXPECT_NE(find(rowsOf({1e-12f}), format).describe(format).find("zeros alone"),
            std::string::npos);
  EXPECT_EQ(find(rowsOf({1}), format).describe(format), "");
  std::vector<float> values = rowsOf({1});
  auto parts = quantizeRoundToNearest(values, shape, format);
  ASSERT_TRUE(parts);
  Underflow underflow;
  EXPECT_TRUE(underflow.add(values, *parts, Shape{rows, columns + 4}, format));
  values.pop_back();
  EXPECT_TRUE(underflow.add(values, *parts, shape, format));
}

} // namespace
