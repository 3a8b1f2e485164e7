//===- GptqTest.cpp - Quantization that makes up for its errors -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Gptq.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/KMeans.h"
#include "lowbit/Numerics/Quantize/OutputError.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "CorrelatedData.h"
#include "PaperAlgorithm.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

/// The default chooser of a format, on one thread.
Result<BlockParameters> choose(std::span<const float> values, ShapeRef shape,
                               const Format &format) {
  return chooseParameters(values, shape, format, format.defaultRangeKind(), 1);
}

Format makeFormat(const char *codec, Shape block, bool hasZeroPoint = false,
                  ScaleType type = ScaleType::F32) {
  return {getNamedCodec(codec), std::move(block), type, hasZeroPoint};
}

Parts gptq(const ContractionWeight &weight, const HessianFactor &hessian,
           const Format &format, const GptqOptions &options = {}) {
  auto result = quantizeGptq(weight, hessian, format, choose, options);
  EXPECT_TRUE(result) << result.error().message;
  if (!result)
    return {};
  auto packed = packParts(*result, weight.shape, format);
  EXPECT_TRUE(packed);
  return *packed;
}

double outputSqnr(const ContractionWeight &weight, const Parts &parts,
                  const Format &format, const GramMatrix &gram) {
  std::vector<float> test(weight.values.size());
  EXPECT_FALSE(dequantize(parts, weight.shape, format, test));
  auto error = measureOutputError(weight, test, gram);
  EXPECT_TRUE(error);
  return error->sqnrDb();
}

void expectSame(const Parts &a, const Parts &b) {
  for (PartKind kind : allPartKinds)
    EXPECT_EQ(a[kind], b[kind]) << partKindName(kind);
}

struct Case {
  const char *codec;
  Shape shape;
  unsigned axis;
  Shape block;
  bool hasZeroPoint = false;
};

// Every granularity, in both layouts; sizes that no block, panel or vector
// divides.
const Case cases[] = {
    {"i4", {300, 40}, 0, {128, 1}},     {"i4", {40, 300}, 1, {1, 128}},
    {"i3", {333, 7}, 0, {100, 1}},      {"nf4", {200, 33}, 0, {64, 1}},
    {"nf4", {33, 200}, 1, {1, 64}},     {"u4", {150, 70}, 0, {32, 1}, true},
    {"u2", {70, 150}, 1, {1, 7}, true}, {"i8", {130, 20}, 0, {0, 1}},
    {"i8", {20, 130}, 1, {0, 0}},       {"i4", {90, 1100}, 0, {1, 0}},
    {"i4", {290, 30}, 0, {200, 8}},     {"u4", {30, 290}, 1, {8, 200}, true},
    {"i4", {45, 1300}, 0, {5, 100}},    {"i4", {1, 9}, 0, {128, 1}},
    {"i4", {9, 1}, 0, {4, 1}},          {"nf4", {1, 1}, 1, {0, 0}},
    {"i4", {0, 5}, 0, {128, 1}},        {"i4", {300, 0}, 0, {128, 0}},
    {"i4", {0, 300}, 1, {1, 128}},
};

TEST(Gptq, UncorrelatedInputsGiveRoundToNearest) {
  for (const Case &c : cases) {
    SCOPED_TRACE(std::string(c.codec) + " case " + std::to_string(&c - cases));
    auto values = gaussianValues(numElements(c.shape), 1);
    ContractionWeight weight{values, c.shape, c.axis};
    Format format = makeFormat(c.codec, c.block, c.hasZeroPoint);
    auto hessian = factorizeHessian(identityGram(weight.inputs()));
    ASSERT_TRUE(hessian);
    auto nearest = quantizeRoundToNearest(values, c.shape, format);
    ASSERT_TRUE(nearest);
    expectSame(gptq(weight, *hessian, format), *nearest);
  }
}

TEST(Gptq, ThreadsDoNotMatter) {
  for (const Case &c : cases) {
    auto values = gaussianValues(numElements(c.shape), 2);
    ContractionWeight weight{values, c.shape, c.axis};
    Format format = makeFormat(c.codec, c.block, c.hasZeroPoint);
    int64_t inputs = weight.inputs();
    GramMatrix gram = gramOf(correlatedRows(64, inputs, 0.9f, 3), inputs);
    for (bool activationOrder : {false, true}) {
      auto hessian = factorizeHessian(gram, {0.01, activationOrder});
      ASSERT_TRUE(hessian);
      expectSame(gptq(weight, *hessian, format, {false, 1}),
                 gptq(weight, *hessian, format, {false, 2}));
    }
  }
}

TEST(Gptq, LayoutsDoNotMatter) {
  int64_t inputs = 210, outputs = 45;
  auto values = gaussianValues(inputs * outputs, 4);
  auto turned = transposed<float>(values, inputs, outputs);
  GramMatrix gram = gramOf(correlatedRows(400, inputs, 0.8f, 5), inputs);
  for (bool activationOrder : {false, true}) {
    auto hessian = factorizeHessian(gram, {0.01, activationOrder});
    ASSERT_TRUE(hessian);
    auto a = quantizeGptq({values, {inputs, outputs}, 0}, *hessian,
                          makeFormat("u4", {64, 2}, true), choose);
    auto b = quantizeGptq({turned, {outputs, inputs}, 1}, *hessian,
                          makeFormat("u4", {2, 64}, true), choose);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(transposed<int8_t>(a->codes, inputs, outputs), b->codes);
    EXPECT_EQ(transposed<float>(a->scales, 4, 23), b->scales);
    EXPECT_EQ(transposed<int8_t>(a->zeroPoints, 4, 23), b->zeroPoints);
  }
}

TEST(Gptq, IsTheAlgorithmOfThePaper) {
  // Two panels and some, so that all levels of lazy updates take part. Groups
  // that are smaller, larger and as large as panels and blocks, and that none
  // of them divides, choose their scales when their turn comes.
  int64_t inputs = 300, outputs = 5;
  auto values = gaussianValues(inputs * outputs, 6);
  GramMatrix gram = gramOf(correlatedRows(600, inputs, 0.7f, 7), inputs);
  auto hessian = factorizeHessian(gram, {0.1, false});
  ASSERT_TRUE(hessian);
  Shape shape{inputs, outputs};
  for (int64_t group : {0, 7, 32, 50, 128, 200}) {
    SCOPED_TRACE("groups of " + std::to_string(group));
    Format format = makeFormat("i4", {group, 1});
    auto parts = quantizeGptq({values, shape, 0}, *hessian, format, choose);
    ASSERT_TRUE(parts);
    int64_t size = group ? group : inputs;
    PaperAlgorithm paper(values, outputs, gram, 0.1);
    std::vector<float> scales(outputs);
    int differentScales = 0, differentCodes = 0;
    paper.run(
        [&](int64_t k) {
          for (int64_t j = 0; k % size == 0 && j < outputs; ++j) {
            double largest = 0;
            for (int64_t i = k; i < std::min(k + size, inputs); ++i)
              largest = std::max(largest, std::fabs(paper.weight(i, j)));
            scales[j] = static_cast<float>(largest / 7);
            float actual = parts->scales[k / size * outputs + j];
            differentScales += std::fabs(actual / scales[j] - 1) > 1e-5f;
          }
        },
        [&](int64_t k, int64_t j) {
          double code = std::nearbyint(paper.weight(k, j) / scales[j]);
          code = std::clamp(code, -8.0, 7.0);
          differentCodes += parts->codes[k * outputs + j] != code;
          return scales[j] * code;
        });
    EXPECT_EQ(differentScales, 0);
    // An f32 sum may fall on the other side of the middle between two codes,
    // and that column then goes another way; none does here.
    EXPECT_EQ(differentCodes, 0);
  }
}

TEST(Gptq, GainsWhatTheFactorPromises) {
  // With rounding errors of the same size in both, round-to-nearest leaves
  // tr(H) of them and GPTQ the sum of the pivots. For an autoregression with
  // rho = 0.9 that is about 1 / (1 - rho^2), 7 dB; damping takes some.
  int64_t inputs = 512, outputs = 64;
  auto values = gaussianValues(inputs * outputs, 8);
  GramMatrix gram = gramOf(correlatedRows(4096, inputs, 0.9f, 9), inputs);
  GramMatrix heldOut = gramOf(correlatedRows(4096, inputs, 0.9f, 10), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  double trace = 0, pivots = 0;
  for (int64_t k = 0; k < inputs; ++k) {
    trace += gram.diagonal(k);
    pivots += hessian->pivots[k];
  }
  double promised = 10 * std::log10(trace / pivots);
  EXPECT_GT(promised, 4);
  ContractionWeight weight{values, {inputs, outputs}, 0};
  for (const Format &format :
       {makeFormat("i4", {128, 1}), makeFormat("i3", {128, 1}),
        makeFormat("nf4", {64, 1}), makeFormat("u4", {128, 1}, true),
        makeFormat("i8", {0, 1}), makeFormat("u2", {64, 1}, true)}) {
    SCOPED_TRACE(format.codec->name());
    auto nearest = quantizeRoundToNearest(values, weight.shape, format);
    ASSERT_TRUE(nearest);
    double before = outputSqnr(weight, *nearest, format, heldOut);
    double after =
        outputSqnr(weight, gptq(weight, *hessian, format), format, heldOut);
    // Damping is in the pivots but not in the outputs: up to half a decibel
    // more. Coarse formats clip or stretch what moved: up to as much less.
    EXPECT_NEAR(after - before, promised, 1);
  }
}

TEST(Gptq, ActivationOrderAndStaticGroupsGainAsWell) {
  int64_t inputs = 384, outputs = 48;
  auto values = gaussianValues(inputs * outputs, 11);
  ContractionWeight weight{values, {inputs, outputs}, 0};
  GramMatrix gram = gramOf(correlatedRows(2048, inputs, 0.9f, 12), inputs);
  Format format = makeFormat("i4", {128, 1}, false, ScaleType::F16);
  auto nearest = quantizeRoundToNearest(values, weight.shape, format);
  ASSERT_TRUE(nearest);
  double before = outputSqnr(weight, *nearest, format, gram);
  auto inOrder = factorizeHessian(gram);
  auto ordered = factorizeHessian(gram, {0.01, true});
  ASSERT_TRUE(inOrder && ordered);
  Parts fixed = gptq(weight, *inOrder, format, {true, {}});
  // Static groups have the parameters of round-to-nearest.
  EXPECT_EQ(fixed[PartKind::Scales], (*nearest)[PartKind::Scales]);
  // Half of what the test above promises is enough to tell it from a mistake.
  EXPECT_GT(outputSqnr(weight, fixed, format, gram), before + 3);
  Parts byActivation = gptq(weight, *ordered, format);
  EXPECT_EQ(byActivation[PartKind::Scales], (*nearest)[PartKind::Scales]);
  EXPECT_GT(outputSqnr(weight, byActivation, format, gram), before + 3);
}

/// Formats of a [K, N] weight in which blocks hold more than a scale, or belong
/// together.
std::vector<Format> richFormats() {
  Format offsets = makeFormat("u4", {64, 1}, false, ScaleType::F16);
  offsets.offsetType = ScaleType::F16;
  Format nested = makeFormat("nf4", {64, 1}, false, ScaleType::U8);
  nested.nestedScales = NestedScales{ScaleType::F32, 256};
  Format both = makeFormat("u4", {32, 4}, false, ScaleType::U8);
  both.nestedScales = NestedScales{ScaleType::F16, 0};
  both.offsetType = ScaleType::BF16;
  Format books = makeFormat("i4", {0, 0}, false, ScaleType::One);
  books.codec = getLearnedCodec(16);
  books.books = Books{16, {100, 7}, ScaleType::F16};
  Format scaledBooks = books;
  scaledBooks.blockShape = {0, 1};
  scaledBooks.scaleType = ScaleType::F16;
  Format wide = makeFormat("f16", {0, 1});
  Format microscaling =
      makeFormat("f4E2M1FN", {32, 1}, false, ScaleType::F8E8M0FNU);
  return {offsets, nested, both, books, scaledBooks, wide, microscaling};
}

Result<BlockParameters> chooseAny(std::span<const float> values, ShapeRef shape,
                                  const Format &format) {
  return format.books ? kMeansChooser()(values, shape, format)
                      : choose(values, shape, format);
}

TEST(Gptq, OffsetsNestedScalesAndBooks) {
  int64_t inputs = 200, outputs = 600;
  auto values = gaussianValues(inputs * outputs, 21);
  auto turned = transposed<float>(values, inputs, outputs);
  ContractionWeight rows{values, {inputs, outputs}, 0};
  ContractionWeight columns{turned, {outputs, inputs}, 1};
  auto identity = factorizeHessian(identityGram(inputs));
  GramMatrix gram = gramOf(correlatedRows(1024, inputs, 0.9f, 22), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(identity && hessian);
  for (const Format &format : richFormats()) {
    SCOPED_TRACE(format.codec->name());
    auto nearest = encodeWith(*chooseAny(values, rows.shape, format), values,
                              rows.shape, format);
    auto same = quantizeGptq(rows, *identity, format, chooseAny);
    auto moved = quantizeGptq(rows, *hessian, format, chooseAny, {false, 1});
    auto again = quantizeGptq(rows, *hessian, format, chooseAny, {false, 2});
    ASSERT_TRUE(nearest && same && moved && again);
    Parts before = *packParts(*nearest, rows.shape, format);
    expectSame(*packParts(*same, rows.shape, format), before);
    Parts after = *packParts(*moved, rows.shape, format);
    expectSame(*packParts(*again, rows.shape, format), after);
    if (format.codec->bits() > 8)
      continue;
    EXPECT_GT(outputSqnr(rows, after, format, gram),
              outputSqnr(rows, before, format, gram) + 3);

    // Nested scales and books are numbered otherwise in the other layout.
    Format across = format;
    std::swap(across.blockShape[0], across.blockShape[1]);
    if (across.books)
      std::swap(across.books->blockShape[0], across.books->blockShape[1]);
    auto other = quantizeGptq(columns, *hessian, across, chooseAny);
    ASSERT_TRUE(other);
    if (!format.nestedScales)
      EXPECT_EQ(transposed<int8_t>(moved->codes, inputs, outputs),
                other->codes);
    EXPECT_GT(outputSqnr(columns, *packParts(*other, columns.shape, across),
                         across, gram),
              outputSqnr(rows, before, format, gram) + 3);
  }
}

TEST(Gptq, FewSamplesAndDeadChannels) {
  // Eight rows for 96 channels, every third of them dead.
  int64_t inputs = 96, outputs = 10;
  auto x = correlatedRows(8, inputs, 0.5f, 13);
  for (size_t i = 0; i < x.size(); i += 3)
    x[i] = 0;
  GramMatrix gram = gramOf(x, inputs);
  auto values = gaussianValues(inputs * outputs, 14);
  ContractionWeight weight{values, {inputs, outputs}, 0};
  Format format = makeFormat("i4", {0, 1});
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  EXPECT_EQ(hessian->deadChannels, 32);
  auto result = quantizeGptq(weight, *hessian, format, choose);
  auto nearest = quantizeRoundToNearest(values, weight.shape, format);
  ASSERT_TRUE(result && nearest);
  auto rounded = unpackParts(*nearest, weight.shape, format);
  for (int64_t k = 0; k < inputs; k += 3)
    for (int64_t j = 0; j < outputs; ++j)
      EXPECT_EQ(result->codes[k * outputs + j],
                rounded->codes[k * outputs + j]);
}

TEST(Gptq, ErrorsThatMoveWeightsBeyondF32) {
  // With three levels the second weight becomes 0, and what that does to the
  // outputs cannot be made up for by a weight that is at its limit already.
  std::vector<float> values{3.3e38f, 1.4e38f, 3.3e38f, 0};
  GramMatrix gram{4, 100, std::vector<double>(16, 0.99)};
  for (int64_t i = 0; i < 4; ++i)
    gram.values[i * 5] = 1;
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  Format format{*getCodebookCodec("ternary", {-1, 0, 1}), {2, 1}};
  auto result = quantizeGptq({values, {4, 1}, 0}, *hessian, format, choose);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Error::Kind::InvalidStatistics);
  EXPECT_EQ(result.error().message,
            "the errors of earlier channels move the weight of channel 2 "
            "beyond all bounds; use more damping");
}

TEST(Gptq, BadInput) {
  std::vector<float> values(12, 1.0f);
  auto hessian = factorizeHessian(identityGram(4));
  ASSERT_TRUE(hessian);
  Format format = makeFormat("i4", {2, 1});
  auto errorOf = [&](const ContractionWeight &weight, const Format &format,
                     const ParameterChooser &chooser) {
    auto result = quantizeGptq(weight, *hessian, format, chooser);
    EXPECT_FALSE(result);
    return result.error();
  };
  EXPECT_EQ(errorOf({values, {3, 4}, 0}, format, choose).message,
            "statistics of 4 channels are not those of a weight with 3 inputs");
  EXPECT_EQ(errorOf({values, {4, 3}, 0}, makeFormat("i4", {0}), choose).kind,
            Error::Kind::InvalidFormat);
  auto few = [](auto &&...) -> Result<BlockParameters> {
    return BlockParameters{{1}, {}};
  };
  EXPECT_EQ(errorOf({values, {4, 3}, 0}, format, few).message,
            "1 scales given where the format needs 3");
  EXPECT_EQ(errorOf({values, {4, 3}, 0}, makeFormat("i4", {0, 1}), few).message,
            "1 scales given where the format needs 3");
  Format sparse = format;
  sparse.sparsity = Sparsity::pattern(2, 4, 0);
  sparse.blockShape = {4, 1};
  EXPECT_EQ(errorOf({values, {4, 3}, 0}, sparse, choose).message,
            "GPTQ keeps every weight; sparse formats need SparseGPT");

  // The second group's scales overflow; both layouts say which ones.
  values[7] = 3e38f;
  Format narrow = makeFormat("i4", {2, 1}, false, ScaleType::F16);
  Error error = errorOf({values, {4, 3}, 0}, narrow, choose);
  EXPECT_EQ(error.kind, Error::Kind::ScaleOverflow);
  EXPECT_EQ(error.index, 4);
  auto turned = transposed<float>(values, 4, 3);
  narrow.blockShape = {1, 2};
  EXPECT_EQ(errorOf({turned, {3, 4}, 1}, narrow, choose).index, 3);

  values[5] = INFINITY;
  error = errorOf({values, {4, 3}, 0}, format, choose);
  EXPECT_EQ(error.message, "the value at element 5 is infinite");
  EXPECT_EQ(error.index, 5);
}

} // namespace
