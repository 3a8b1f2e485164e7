//===- QuantizationSummaryTest.cpp - What quantization did ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/QuantizationSummary.h"

#include "QuantizeTesting.h"
#include "lowbit/Numerics/Codec/Table.h"
#include "lowbit/Numerics/Presets.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <algorithm>
#include <cstring>

using namespace lowbit::numerics;

namespace {

ValueReader readerOf(const std::vector<float> &values) {
  return [&values](int64_t first, int64_t count) {
    return std::span(values).subspan(first, count);
  };
}

Parts quantize(const std::vector<float> &values, const Shape &shape,
               const Format &format, RangeKind kind) {
  Parts parts = Parts::allocate(shape, format);
  EXPECT_FALSE(
      quantizeRoundToNearest(values, shape, format, kind, 1, parts.view()));
  return parts;
}

QuantizationSummary summarize(const std::vector<float> &values,
                              const Parts &parts, const Shape &shape,
                              const Format &format, int64_t piece,
                              unsigned threads) {
  SummaryOptions options;
  options.pieceElements = piece;
  auto summary = summarizeQuantization(readerOf(values), parts, shape, format,
                                       options, threads);
  EXPECT_TRUE(summary);
  return summary ? *summary : QuantizationSummary();
}

/// Worst blocks, element by element.
std::vector<BlockError> worstBlocks(const std::vector<float> &before,
                                    const std::vector<float> &after,
                                    const Granularity &granularity) {
  std::vector<double> signal(granularity.numScales()), error = signal,
                                                       largest = signal;
  for (size_t i = 0; i < before.size(); ++i) {
    int64_t block = granularity.scaleIndex(i);
    double difference = std::fabs(after[i] - before[i]);
    signal[block] += double(before[i]) * before[i];
    error[block] += difference * difference;
    largest[block] = std::max(largest[block], difference);
  }
  std::vector<BlockError> all;
  for (size_t i = 0; i < signal.size(); ++i)
    if (error[i] > 0)
      all.push_back(
          {int64_t(i), 10 * std::log10(signal[i] / error[i]), largest[i]});
  std::sort(
      all.begin(), all.end(), [](const BlockError &a, const BlockError &b) {
        return std::pair(a.sqnrDb, a.block) < std::pair(b.sqnrDb, b.block);
      });
  if (signal.size() < 2)
    all.clear();
  all.resize(std::min<size_t>(all.size(), 5));
  return all;
}

struct Case {
  Shape shape;
  Format format;
  RangeKind kind;
};

std::vector<Case> cases() {
  CodecRef i4 = getNamedCodec("i4"), u3 = getNamedCodec("u3");
  CodecRef nf4 = getNamedCodec("nf4");
  std::vector<Case> cases = {
      {{33, 50}, {i4, {16, 1}, ScaleType::F16}, RangeKind::Full},
      {{33, 50}, {i4, {1, 16}, ScaleType::F16}, RangeKind::AbsMax},
      {{40, 9}, {nf4, {0, 1}}, RangeKind::AbsMax},
      {{40, 9}, {nf4, {1, 0}}, RangeKind::AbsMax},
      {{700, 13}, {i4, {0, 0}}, RangeKind::AbsMax},
      {{5, 6, 7}, {i4, {0, 1, 4}}, RangeKind::AbsMax},
      {{4099}, {i4, {64}}, RangeKind::AbsMax},
      {{}, {i4, {}}, RangeKind::AbsMax},
  };
  Format zeros{u3, {7, 1}};
  zeros.hasZeroPoint = true;
  cases.push_back({{20, 11}, zeros, RangeKind::MinMax});
  Format sparse{i4, {8, 1}};
  sparse.sparsity = Sparsity::pattern(2, 4, 0);
  cases.push_back({{22, 10}, sparse, RangeKind::AbsMax});
  Format bitmap{i4, {8, 1}};
  bitmap.sparsity = Sparsity::bitmap(77);
  cases.push_back({{22, 10}, bitmap, RangeKind::AbsMax});
  for (std::string_view name : presetNames()) {
    Preset preset = *getPreset(name, 2, 0);
    cases.push_back({{96, 21}, preset.format, preset.range});
  }
  return cases;
}

TEST(QuantizationSummary, IsThatOfTheElements) {
  unsigned seed = 0;
  for (const auto &[shape, format, kind] : cases()) {
    SCOPED_TRACE(seed);
    std::vector<float> values = gaussian(numElements(shape), ++seed);
    Parts parts = quantize(values, shape, format, kind);
    std::vector<float> decoded(values.size());
    ASSERT_FALSE(dequantize(parts, shape, format, decoded));
    auto granularity = Granularity::get(shape, format.blockShape);
    std::vector<BlockError> worst = worstBlocks(values, decoded, *granularity);

    QuantizationSummary one =
        summarize(values, parts, shape, format, 1 << 20, 1);
    EXPECT_EQ(one.elements, int64_t(values.size()));
    double mse = measureError(values, decoded).mse();
    EXPECT_NEAR(one.error.mse(), mse, 1e-12 * mse);
    ASSERT_EQ(one.worst.size(), worst.size());
    for (size_t i = 0; i < worst.size(); ++i) {
      EXPECT_EQ(one.worst[i].block, worst[i].block);
      EXPECT_NEAR(one.worst[i].sqnrDb, worst[i].sqnrDb, 1e-9);
      EXPECT_FLOAT_EQ(one.worst[i].maxError, worst[i].maxError);
    }
    int64_t zeros = std::count(decoded.begin(), decoded.end(), 0.0f);
    EXPECT_LE(one.pruned, zeros);
    int64_t kept = numElements(format.sparsity.keptShape(shape));
    EXPECT_EQ(one.pruned, one.elements - kept);

    // Neither pieces nor threads change anything.
    for (int64_t piece : {1, 100, 5000}) {
      QuantizationSummary other =
          summarize(values, parts, shape, format, piece, 3);
      EXPECT_NEAR(other.error.mse(), one.error.mse(), 1e-15);
      EXPECT_EQ(other.clipped, one.clipped);
      EXPECT_EQ(other.bars.before, one.bars.before);
      EXPECT_EQ(other.bars.after, one.bars.after);
      ASSERT_EQ(other.worst.size(), one.worst.size());
      for (size_t i = 0; i < worst.size(); ++i) {
        EXPECT_EQ(other.worst[i].block, one.worst[i].block);
        EXPECT_EQ(other.worst[i].sqnrDb, one.worst[i].sqnrDb);
      }
    }
    QuantizationSummary threaded =
        summarize(values, parts, shape, format, 1 << 20, 3);
    EXPECT_EQ(threaded.error.mse(), one.error.mse());
  }
}

TEST(QuantizationSummary, CountsWhatIsBeyondTheCodes) {
  // Scale 1: codes reach from -8 to 7, half a step more is still nearest.
  Shape shape{1, 8};
  Format format{getNamedCodec("i4"), {0, 0}};
  std::vector<float> inside = {-8, 7, 7.4f, -8.4f, 0, 1, 2, 3};
  std::vector<float> outside = {-9, 7.6f, 100, -8.6f, 0, 1, 2, 3};
  BlockParameters parameters{{1.0f}};
  auto encoded = encodeWith(parameters, inside, shape, format);
  ASSERT_TRUE(encoded);
  Parts parts = *packParts(*encoded, shape, format);
  EXPECT_EQ(summarize(inside, parts, shape, format, 100, 1).clipped, 0);
  EXPECT_EQ(summarize(outside, parts, shape, format, 100, 1).clipped, 4);

  // Zero points move the range, negative scales turn it.
  format.codec = getNamedCodec("u4");
  format.hasZeroPoint = true;
  parameters = {{-1.0f}, {5}}; // from -10 to 5
  encoded = encodeWith(parameters, inside, shape, format);
  ASSERT_TRUE(encoded);
  parts = *packParts(*encoded, shape, format);
  EXPECT_EQ(summarize(inside, parts, shape, format, 100, 1).clipped, 2);

  // The last step of NF4 is 0.277 of the scale.
  format = {getNamedCodec("nf4"), {0, 0}};
  std::vector<float> values = {1.1f, 1.13f, 1.14f, 1.2f, -1.1f, -1.2f, 0, 0};
  encoded = encodeWith({{1.0f}}, values, shape, format);
  ASSERT_TRUE(encoded);
  parts = *packParts(*encoded, shape, format);
  EXPECT_EQ(summarize(values, parts, shape, format, 100, 1).clipped, 3);

  // The largest values that a pattern drops are no clipped ones.
  format = {getNamedCodec("i4"), {0, 0}};
  format.sparsity = Sparsity::pattern(2, 4, 1);
  std::vector<uint8_t> mask = {0, 0, 1, 1, 0, 0, 1, 1};
  encoded = encodeWith({{1.0f}}, outside, shape, format, 1, mask);
  ASSERT_TRUE(encoded);
  parts = *packParts(*encoded, shape, format);
  QuantizationSummary sparse = summarize(outside, parts, shape, format, 100, 1);
  EXPECT_EQ(sparse.clipped, 2);
  EXPECT_EQ(sparse.pruned, 4);
}

TEST(QuantizationSummary, LearnedLevelsHaveTheirOwnEnds) {
  Shape shape{2, 4};
  Format format{getLearnedCodec(2), {0, 0}, ScaleType::One};
  format.books = Books{2, {1, 0}, ScaleType::F32};
  UnpackedParts unpacked;
  unpacked.scales = {1};
  unpacked.books = {-1, 1, -10, 10};
  unpacked.codes = {0, 1, 0, 1, 0, 1, 0, 1};
  auto parts = packParts(unpacked, shape, format);
  ASSERT_TRUE(parts);
  // Half of the step is 1 and 10.
  std::vector<float> values = {-2, 2, -2.5f, 2.5f, -20, 20, 21, 3};
  EXPECT_EQ(summarize(values, *parts, shape, format, 100, 1).clipped, 3);
}

TEST(QuantizationSummary, SaysWhatIsNotFinite) {
  Shape shape{1, 4};
  Format format{getNamedCodec("i8"), {0, 0}};
  std::vector<float> values = {1, 2, 3, 4};
  Parts parts = quantize(values, shape, format, RangeKind::AbsMax);
  std::vector<float> broken = {1, NAN, INFINITY, 4};
  QuantizationSummary summary = summarize(broken, parts, shape, format, 100, 1);
  EXPECT_EQ(summary.notFiniteBefore, 2);
  EXPECT_EQ(summary.notFiniteAfter, 0);
  EXPECT_NEAR(summary.error.maxAbsError(), 3, 0.1);

  float nan = NAN;
  std::memcpy(parts[PartKind::Scales].data(), &nan, sizeof(nan));
  summary = summarize(values, parts, shape, format, 100, 1);
  EXPECT_EQ(summary.notFiniteAfter, 4);
  EXPECT_TRUE(std::isnan(summary.error.mse()));

  auto wrong =
      summarizeQuantization(readerOf(values), parts, Shape{2, 4}, format);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(summarize({}, quantize({}, {0, 4}, format, RangeKind::AbsMax),
                      {0, 4}, format, 100, 1)
                .elements,
            0);
}

} // namespace
