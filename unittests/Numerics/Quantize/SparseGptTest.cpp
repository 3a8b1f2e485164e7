//===- SparseGptTest.cpp - Pruning that makes up for its errors -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/SparseGpt.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/OutputError.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "CorrelatedData.h"
#include "PaperAlgorithm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

using namespace lowbit::numerics;

namespace {

Result<BlockParameters> choose(std::span<const float> values, ShapeRef shape,
                               const Format &format) {
  return chooseParameters(values, shape, format, format.defaultRangeKind(), 1);
}

double outputSqnr(const ContractionWeight &weight, std::span<const float> test,
                  const GramMatrix &gram) {
  auto error = measureOutputError(weight, test, gram);
  EXPECT_TRUE(error);
  return error->sqnrDb();
}

int64_t keptBy(const Mask &mask) {
  return std::accumulate(mask.begin(), mask.end(), int64_t{0});
}

TEST(SparseGpt, UncorrelatedInputsGiveTheMagnitudes) {
  // Nothing to make up for, and all channels count alike.
  for (auto [inputs, outputs] : {std::pair{300, 20}, {7, 1}, {1, 5}}) {
    auto values = gaussianValues(inputs * outputs, 1);
    ContractionWeight weight{values, {inputs, outputs}, 0};
    auto hessian = factorizeHessian(identityGram(inputs));
    ASSERT_TRUE(hessian);
    Pruning pruning = Pruning::keepOf(2, 4);
    auto result = pruneBySparseGpt(weight, *hessian, pruning);
    auto mask = pruneByMagnitude(weight, pruning);
    ASSERT_TRUE(result && mask);
    EXPECT_EQ(result->mask, *mask);
    EXPECT_EQ(result->values, applyMask(values, *mask));
    EXPECT_TRUE(result->parameters.scales.empty());
  }
}

/// The mask of rows from k on that keeps the `kept` largest of each set of
/// weights by w^2 / [H^-1]_kk, sets being columns of `size` rows, or all of
/// them.
void selectByThePaper(PaperAlgorithm &paper, int64_t k, int64_t size,
                      bool byColumn, double part, Mask &mask) {
  int64_t outputs = paper.outputs, end = std::min(k + size, paper.inputs);
  auto cost = [&](int64_t at) {
    double x = paper.weights[at] / paper.pivot(at / outputs);
    return x * x;
  };
  for (int64_t j = 0; j < (byColumn ? outputs : 1); ++j) {
    std::vector<int64_t> set;
    for (int64_t i = k; i < end; ++i)
      for (int64_t c = 0; c < (byColumn ? 1 : outputs); ++c)
        set.push_back(i * outputs + (byColumn ? j : c));
    std::sort(set.begin(), set.end(), [&](int64_t a, int64_t b) {
      return std::pair(-cost(a), a) < std::pair(-cost(b), b);
    });
    for (size_t i = 0; i < set.size(); ++i)
      mask[set[i]] = i < set.size() * part;
  }
}

TEST(SparseGpt, MasksAreThoseOfThePaper) {
  // Runs go through two panels and some; blocks of 128 channels end before the
  // last. With a format the scales of 96 channels are chosen in turn as well,
  // and then the masks of so many.
  int64_t inputs = 288, outputs = 6;
  auto values = gaussianValues(inputs * outputs, 15);
  GramMatrix gram = gramOf(correlatedRows(600, inputs, 0.9f, 16), inputs);
  auto hessian = factorizeHessian(gram, {0.01, false});
  ASSERT_TRUE(hessian);
  Shape shape{inputs, outputs};
  Format format{getNamedCodec("i4"), {96, 1}, ScaleType::F32, false};
  struct {
    Pruning pruning;
    int64_t size;
    bool quantizes;
  } cases[] = {
      {Pruning::keepOf(2, 4), 4, false},    {Pruning::keepOf(4, 8), 8, false},
      {Pruning::keepOf(16, 48), 48, false}, {Pruning::prune(0.5), 128, false},
      {Pruning::keepOf(2, 4), 4, true},     {Pruning::prune(0.5), 96, true}};
  for (const auto &c : cases) {
    SCOPED_TRACE("case " + std::to_string(&c - cases));
    bool byColumn = c.pruning.isStructured();
    double part = byColumn
                      ? double(c.pruning.kept()) / double(c.pruning.runLength())
                      : 0.5;
    ContractionWeight weight{values, shape, 0};
    auto result = c.quantizes ? pruneBySparseGpt(weight, *hessian, c.pruning,
                                                 format, choose)
                              : pruneBySparseGpt(weight, *hessian, c.pruning);
    ASSERT_TRUE(result);
    PaperAlgorithm paper(values, outputs, gram, 0.01);
    Mask mask(values.size());
    std::vector<double> scales(outputs);
    paper.run(
        [&](int64_t k) {
          if (k % c.size == 0)
            selectByThePaper(paper, k, c.size, byColumn, part, mask);
          for (int64_t j = 0; k % 96 == 0 && j < outputs; ++j) {
            scales[j] = 0;
            for (int64_t i = k; i < k + 96; ++i)
              scales[j] =
                  std::max(scales[j], std::fabs(paper.weight(i, j)) / 7);
          }
        },
        [&](int64_t k, int64_t j) {
          double value = paper.weight(k, j);
          if (c.quantizes)
            value = scales[j] *
                    std::clamp(std::nearbyint(value / scales[j]), -8.0, 7.0);
          return mask[k * outputs + j] ? value : 0;
        });
    EXPECT_EQ(result->mask, mask);
    int differences = 0;
    for (size_t i = 0; i < values.size(); ++i)
      differences += std::fabs(result->values[i] - paper.weights[i]) > 1e-4;
    EXPECT_EQ(differences, 0);
  }
}

TEST(SparseGpt, BeatsWandaBeatsMagnitude) {
  // Channels of five different sizes tell Wanda from the magnitude, and their
  // correlation tells moving weights from not moving them.
  int64_t inputs = 512, outputs = 96;
  auto values = gaussianValues(inputs * outputs, 2);
  ContractionWeight weight{values, {inputs, outputs}, 0};
  ActivationStatistics statistics(inputs, ActivationStatistics::Gram::Collect);
  ASSERT_FALSE(statistics.add(correlatedRows(2048, inputs, 0.8f, 3)));
  GramMatrix gram = statistics.gramMatrix();
  GramMatrix heldOut = gramOf(correlatedRows(2048, inputs, 0.8f, 4), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  for (const Pruning &pruning :
       {Pruning::keepOf(2, 4), Pruning::keepOf(4, 8), Pruning::prune(0.5)}) {
    auto magnitude = pruneByMagnitude(weight, pruning);
    auto wanda =
        pruneByWanda(weight, statistics.channels().sumOfSquares, pruning);
    auto moved = pruneBySparseGpt(weight, *hessian, pruning);
    ASSERT_TRUE(magnitude && wanda && moved);
    EXPECT_EQ(keptBy(moved->mask), inputs * outputs / 2);
    EXPECT_EQ(applyMask(moved->values, moved->mask), moved->values);
    double byMagnitude =
        outputSqnr(weight, applyMask(values, *magnitude), heldOut);
    double byWanda = outputSqnr(weight, applyMask(values, *wanda), heldOut);
    double byMoving = outputSqnr(weight, moved->values, heldOut);
    // On such inputs the norms are worth 8 dB and moving weights 2.4 to 3.2;
    // two thirds of that leave room for other random numbers.
    EXPECT_GT(byWanda, byMagnitude + 5);
    EXPECT_GT(byMoving, byWanda + 1.6);
  }
}

TEST(SparseGpt, WithoutPruningItIsGptq) {
  int64_t inputs = 300, outputs = 24;
  auto values = gaussianValues(inputs * outputs, 5);
  ContractionWeight weight{values, {outputs, inputs}, 1};
  GramMatrix gram = gramOf(correlatedRows(600, inputs, 0.9f, 6), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  Format format{getNamedCodec("u4"), {1, 64}, ScaleType::F16, true};
  auto gptq = quantizeGptq(weight, *hessian, format, choose);
  ASSERT_TRUE(gptq);
  for (const Pruning &all : {Pruning::keepOf(4, 4), Pruning::prune(0)}) {
    auto result = pruneBySparseGpt(weight, *hessian, all, format, choose);
    ASSERT_TRUE(result);
    EXPECT_EQ(keptBy(result->mask), inputs * outputs);
    auto codes =
        encodeWith(result->parameters, result->values, weight.shape, format);
    ASSERT_TRUE(codes);
    EXPECT_EQ(codes->codes, gptq->codes);
    EXPECT_EQ(codes->scales, gptq->scales);
    EXPECT_EQ(codes->zeroPoints, gptq->zeroPoints);
  }
}

TEST(SparseGpt, PruningAndQuantizingAtOnceBeatsOneAfterTheOther) {
  int64_t inputs = 384, outputs = 64;
  auto values = gaussianValues(inputs * outputs, 7);
  ContractionWeight weight{values, {inputs, outputs}, 0};
  GramMatrix gram = gramOf(correlatedRows(2048, inputs, 0.8f, 8), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  for (const char *codec : {"i4", "nf4", "i3"}) {
    Format format{getNamedCodec(codec), {64, 1}, ScaleType::F32, false};
    for (const Pruning &pruning :
         {Pruning::keepOf(2, 4), Pruning::prune(0.5)}) {
      auto joint = pruneBySparseGpt(weight, *hessian, pruning, format, choose);
      auto pruned = pruneBySparseGpt(weight, *hessian, pruning);
      ASSERT_TRUE(joint && pruned);
      // Every value is one of the format, or zero.
      auto codes =
          encodeWith(joint->parameters, joint->values, weight.shape, format);
      ASSERT_TRUE(codes);
      std::vector<float> decoded(values.size());
      auto parts = packParts(*codes, weight.shape, format);
      ASSERT_FALSE(dequantize(*parts, weight.shape, format, decoded));
      EXPECT_EQ(decoded, joint->values);

      auto parameters = choose(pruned->values, weight.shape, format);
      auto nearest =
          encodeWith(*parameters, pruned->values, weight.shape, format);
      parts = packParts(*nearest, weight.shape, format);
      ASSERT_FALSE(dequantize(*parts, weight.shape, format, decoded));
      EXPECT_GT(outputSqnr(weight, joint->values, gram),
                outputSqnr(weight, decoded, gram))
          << codec;
    }
  }
}

// Pruned and quantized in one pass, stored sparse, and read back.
TEST(SparseGpt, WhatIsKeptGoesIntoASparseFormat) {
  int64_t inputs = 192, outputs = 40;
  auto values = gaussianValues(inputs * outputs, 13);
  GramMatrix gram = gramOf(correlatedRows(1024, inputs, 0.8f, 14), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  for (unsigned axis : {0u, 1u}) {
    Shape shape = axis ? Shape{outputs, inputs} : Shape{inputs, outputs};
    ContractionWeight weight{values, shape, axis};
    Shape group = axis ? Shape{1, 64} : Shape{64, 1};
    Format plain{getNamedCodec("i4"), group, ScaleType::F16, false};
    plain.sparsity = Sparsity::pattern(2, 4, axis);
    Format offsets = plain;
    offsets.codec = getNamedCodec("u4");
    offsets.offsetType = ScaleType::F16;
    Format nested = plain;
    nested.codec = getNamedCodec("nf4");
    nested.scaleType = ScaleType::U8;
    nested.nestedScales = NestedScales{ScaleType::F32, 16};
    Format bitmap = plain;
    Pruning half = Pruning::prune(0.5);
    bitmap.sparsity =
        Sparsity::bitmap(inputs * outputs - half.prunedOf(inputs * outputs));
    for (const Format &format : {plain, offsets, nested, bitmap}) {
      bool isBitmap = format.sparsity.kind == Sparsity::Kind::Bitmap;
      Pruning pruning = isBitmap ? half : Pruning::keepOf(2, 4);
      auto joint = pruneBySparseGpt(weight, *hessian, pruning, format, choose);
      ASSERT_TRUE(joint) << joint.error().message;
      auto codes = encodeWith(joint->parameters, joint->values, shape, format,
                              {}, joint->mask);
      ASSERT_TRUE(codes) << codes.error().message;
      auto parts = packParts(*codes, shape, format);
      ASSERT_TRUE(parts);
      std::vector<float> decoded(values.size());
      ASSERT_FALSE(dequantize(*parts, shape, format, decoded));
      EXPECT_EQ(decoded, joint->values);
      // By magnitude, nothing moved.
      auto nearest = quantizeRoundToNearest(values, shape, format);
      ASSERT_TRUE(nearest);
      ASSERT_FALSE(dequantize(*nearest, shape, format, decoded));
      EXPECT_GT(outputSqnr(weight, joint->values, gram),
                outputSqnr(weight, decoded, gram) + 1);
    }
  }
  // A mask of another pattern is none of the format's.
  Format format{getNamedCodec("i4"), {64, 1}, ScaleType::F16, false};
  format.sparsity = Sparsity::pattern(1, 4, 0);
  auto joint = pruneBySparseGpt({values, {inputs, outputs}, 0}, *hessian,
                                Pruning::keepOf(2, 4), format, choose);
  ASSERT_TRUE(joint);
  EXPECT_FALSE(encodeWith(joint->parameters, joint->values,
                          Shape{inputs, outputs}, format, {}, joint->mask));
}

TEST(SparseGpt, ThreadsAndLayoutsDoNotMatter) {
  int64_t inputs = 205, outputs = 1100;
  auto values = gaussianValues(inputs * outputs, 9);
  auto turned = transposed<float>(values, inputs, outputs);
  GramMatrix gram = gramOf(correlatedRows(300, inputs, 0.8f, 10), inputs);
  auto hessian = factorizeHessian(gram);
  ASSERT_TRUE(hessian);
  for (const Pruning &pruning :
       {Pruning::keepOf(2, 4), Pruning::keepOf(3, 5), Pruning::prune(0.7)}) {
    // Groups of 40 are made of runs of 4 and 5; those of 42 cut runs.
    for (int64_t group : {40, 42}) {
      Format rows{getNamedCodec("i4"), {group, 1}, ScaleType::F32, false};
      Format columns{getNamedCodec("i4"), {1, group}, ScaleType::F32, false};
      auto one = pruneBySparseGpt({values, {inputs, outputs}, 0}, *hessian,
                                  pruning, rows, choose, {false, 1});
      auto two = pruneBySparseGpt({values, {inputs, outputs}, 0}, *hessian,
                                  pruning, rows, choose, {false, 2});
      auto other = pruneBySparseGpt({turned, {outputs, inputs}, 1}, *hessian,
                                    pruning, columns, choose);
      ASSERT_TRUE(one && two && other);
      EXPECT_EQ(one->values, two->values);
      EXPECT_EQ(one->mask, two->mask);
      EXPECT_EQ(one->parameters.scales, two->parameters.scales);
      EXPECT_EQ(transposed<float>(one->values, inputs, outputs), other->values);
      EXPECT_EQ(transposed<uint8_t>(one->mask, inputs, outputs), other->mask);
      if (!pruning.isStructured()) {
        EXPECT_EQ(keptBy(one->mask),
                  inputs * outputs - pruning.prunedOf(inputs * outputs));
      }
    }
  }
}

TEST(SparseGpt, UnstructuredInActivationOrder) {
  int64_t inputs = 200, outputs = 20;
  auto values = gaussianValues(inputs * outputs, 11);
  ContractionWeight weight{values, {inputs, outputs}, 0};
  GramMatrix gram = gramOf(correlatedRows(500, inputs, 0.8f, 12), inputs);
  auto hessian = factorizeHessian(gram, {0.01, true});
  ASSERT_TRUE(hessian);
  auto result = pruneBySparseGpt(weight, *hessian, Pruning::prune(0.5));
  auto mask = pruneByMagnitude(weight, Pruning::prune(0.5));
  ASSERT_TRUE(result && mask);
  EXPECT_EQ(applyMask(result->values, result->mask), result->values);
  EXPECT_GT(outputSqnr(weight, result->values, gram),
            outputSqnr(weight, applyMask(values, *mask), gram));
  auto structured = pruneBySparseGpt(weight, *hessian, Pruning::keepOf(2, 4));
  ASSERT_FALSE(structured);
  EXPECT_EQ(structured.error().message,
            "n:m pruning needs a factor in the order of the channels");
}

TEST(SparseGpt, EmptyWeightsAndBadInput) {
  auto none = factorizeHessian({});
  auto two = factorizeHessian(identityGram(2));
  ASSERT_TRUE(none && two);
  Pruning half = Pruning::prune(0.5);
  auto empty = pruneBySparseGpt({{}, {0, 3}, 0}, *none, half);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->values.empty() && empty->mask.empty());
  ASSERT_TRUE(pruneBySparseGpt({{}, {2, 0}, 0}, *two, half));

  std::vector<float> values{1, NAN};
  auto messageOf = [&](Shape shape, const Pruning &pruning) {
    auto result =
        pruneBySparseGpt({values, std::move(shape), 0}, *two, pruning);
    return result ? "" : result.error().message;
  };
  EXPECT_EQ(messageOf({2, 1}, half), "the value at element 1 is NaN");
  EXPECT_EQ(messageOf({2, 1}, Pruning::prune(-1)),
            "the part to prune is between 0 and 1, not -1.000000");
  values[1] = 2;
  EXPECT_EQ(messageOf({1, 2}, half),
            "statistics of 2 channels are not those of a weight with 1 inputs");
}

} // namespace
