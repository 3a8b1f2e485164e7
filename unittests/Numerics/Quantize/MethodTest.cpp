//===- MethodTest.cpp - Quantization algorithms by name -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Method.h"
#include "lowbit/Numerics/Quantize/Gptq.h"
#include "lowbit/Numerics/Quantize/OutputError.h"

#include "CorrelatedData.h"
#include "QuantizeTesting.h"

using namespace lowbit::numerics;
using Kind = Method::Kind;

namespace {

constexpr int64_t K = 96, N = 40;

/// Formats in which each method makes sense, along reduction axis `axis`.
Format formatOf(Kind kind, unsigned axis, bool bitmap = false) {
  Shape groups{1, 1};
  groups[axis] = 32;
  Format format{getNamedCodec("u4"), groups, ScaleType::F16, true};
  if (kind == Kind::KMeans) {
    Shape books{wholeAxis, wholeAxis};
    books[1 - axis] = 1;
    format = {getLearnedCodec(8), {0, 0}, ScaleType::One};
    format.books = {8, books, ScaleType::F16};
  }
  if (kind == Kind::Magnitude || kind == Kind::Wanda || kind == Kind::SparseGpt)
    format.sparsity =
        bitmap ? Sparsity::bitmap(30 * N) : Sparsity::pattern(2, 4, axis);
  return format;
}

struct Layer {
  unsigned axis;
  std::vector<float> values = gaussianValues(K * N, 7);
  std::vector<float> rows = correlatedRows(400, K, 0.9f, 8);
  ActivationStatistics statistics{K, ActivationStatistics::Gram::Collect};
  GramMatrix gram;

  explicit Layer(unsigned axis) : axis(axis) {
    EXPECT_FALSE(statistics.add(rows));
    gram = statistics.gramMatrix();
  }
  ContractionWeight weight() const {
    return {values, axis == 0 ? Shape{K, N} : Shape{N, K}, axis};
  }
  MethodInputs inputs() const { return {&statistics.channels(), &gram}; }

  Result<Parts> quantize(const Method &method, const Format &format,
                         ThreadCount threads = 1) const {
    return quantizeByMethod(weight(), format, format.defaultRangeKind(), method,
                            inputs(), threads);
  }
  double outputSqnr(const Method &method, const Format &format) const {
    auto parts = quantize(method, format);
    EXPECT_TRUE(parts) << parts.error().message;
    std::vector<float> test(values.size());
    EXPECT_FALSE(dequantize(*parts, weight().shape, format, test));
    return measureOutputError(weight(), test, gram)->sqnrDb();
  }
};

std::vector<Kind> allKinds() {
  std::vector<Kind> kinds;
  for (std::string_view name : methodNames())
    kinds.push_back(*methodOfName(name));
  return kinds;
}

} // namespace

TEST(Method, NamesAreInverse) {
  for (std::string_view name : methodNames())
    EXPECT_EQ(methodName(*methodOfName(name)), name);
  EXPECT_EQ(methodNames().size(), 10u);
  EXPECT_FALSE(methodOfName("gtpq"));
}

TEST(Method, RunsEverywhereAndForAnyThreads) {
  for (unsigned axis : {0u, 1u}) {
    Layer layer(axis);
    for (Kind kind : allKinds())
      for (bool bitmap : {false, true}) {
        Format format = formatOf(kind, axis, bitmap);
        auto one = layer.quantize({.kind = kind}, format, 1);
        auto two = layer.quantize({.kind = kind}, format, 2);
        ASSERT_TRUE(one) << methodName(kind) << ": " << one.error().message;
        for (PartKind part : allPartKinds)
          EXPECT_EQ((*one)[part], (*two)[part]) << methodName(kind);
        EXPECT_FALSE(verifyPartSizes(*one, layer.weight().shape, format));
      }
  }
}

TEST(Method, DoesWhatItIsFor) {
  for (unsigned axis : {0u, 1u}) {
    Layer layer(axis);
    Format dense = formatOf(Kind::RoundToNearest, axis);
    double rtn = layer.outputSqnr({}, dense);
    EXPECT_GT(layer.outputSqnr({.kind = Kind::Gptq}, dense), rtn + 3);
    EXPECT_GT(layer.outputSqnr({.kind = Kind::Awq}, dense), rtn);
    EXPECT_GT(layer.outputSqnr({.kind = Kind::ScaleSearch}, dense), rtn);
    EXPECT_GT(
        layer.outputSqnr({.kind = Kind::Awq, .searchesScales = true}, dense),
        rtn);
    for (bool bitmap : {false, true}) {
      Format sparse = formatOf(Kind::Wanda, axis, bitmap);
      double magnitude = layer.outputSqnr({.kind = Kind::Magnitude}, sparse);
      double wanda = layer.outputSqnr({.kind = Kind::Wanda}, sparse);
      EXPECT_GT(wanda, magnitude);
      EXPECT_GT(layer.outputSqnr({.kind = Kind::SparseGpt}, sparse), wanda);
    }
    Format books = formatOf(Kind::KMeans, axis);
    EXPECT_GT(layer.outputSqnr({.kind = Kind::Gptq}, books),
              layer.outputSqnr({.kind = Kind::KMeans}, books));
  }
}

// The options reach the algorithm.
TEST(Method, OptionsCount) {
  Layer layer(0);
  Format format = formatOf(Kind::Gptq, 0);
  // In order of activation groups are static anyhow.
  Method inOrder{.kind = Kind::Gptq, .activationOrder = false};
  auto plain = layer.quantize(inOrder, format);
  for (auto [option, value] :
       {std::pair<const char *, MethodOptionValue>{"damping", 0.5},
        {"activation_order", true},
        {"static_groups", true},
        {"search", std::string("mse")}}) {
    Method method = inOrder;
    ASSERT_FALSE(setMethodOption(method, option, value)) << option;
    auto changed = layer.quantize(method, format);
    ASSERT_TRUE(changed);
    EXPECT_NE((*changed)[PartKind::Codes], (*plain)[PartKind::Codes]) << option;
  }
  Method hqq{.kind = Kind::Hqq};
  ASSERT_FALSE(setMethodOption(hqq, "iterations", 0.0));
  auto none = layer.quantize(hqq, format);
  auto all = layer.quantize({.kind = Kind::Hqq}, format);
  EXPECT_NE((*none)[PartKind::Scales], (*all)[PartKind::Scales]);
}

// "gptq" alone goes by activation with a damping of 0.05; "sparsegpt" has its
// own damping.
TEST(Method, Case_C152) {
  Layer layer(0);
  for (Kind kind : {Kind::Gptq, Kind::SparseGpt}) {
    Format format = formatOf(kind, 0);
    Method given{.kind = kind};
    given.damping = kind == Kind::Gptq ? 0.05 : 0.01;
    if (kind == Kind::Gptq)
      ASSERT_FALSE(setMethodOption(given, "activation_order", true));
    auto byDefault = layer.quantize({.kind = kind}, format);
    auto same = layer.quantize(given, format);
    ASSERT_TRUE(byDefault && same);
    EXPECT_EQ((*byDefault)[PartKind::Codes], (*same)[PartKind::Codes]);
  }
}

TEST(Method, RefusesOptions) {
  Method method{.kind = Kind::Gptq};
  auto message = [&](std::string_view option, MethodOptionValue value) {
    auto error = setMethodOption(method, option, value);
    return error ? error->message : "";
  };
  EXPECT_EQ(message("norm", 0.5), "method 'gptq' has no option 'norm'");
  EXPECT_EQ(message("damping", -1.0),
            "option 'damping' of method 'gptq' is a number from 0 up");
  EXPECT_EQ(message("damping", true),
            "option 'damping' of method 'gptq' is a number from 0 up");
  EXPECT_EQ(message("search", std::string("best")),
            "option 'search' of method 'gptq' is range or mse");
  EXPECT_FALSE(method.damping);
  method.kind = Kind::Hqq;
  EXPECT_EQ(message("iterations", 1.5),
            "option 'iterations' of method 'hqq' is a whole number from 0 to "
            "10000");
  EXPECT_EQ(
      methodOptions(Kind::Hqq),
      (std::vector<std::string_view>{"beta", "growth", "iterations", "norm"}));
  EXPECT_TRUE(methodOptions(Kind::ScaleSearch).empty());
}

TEST(Method, RefusesInputs) {
  Layer layer(0);
  Format format = formatOf(Kind::Gptq, 0);
  auto message = [&](Kind kind, const MethodInputs &inputs) {
    auto parts = quantizeByMethod(layer.weight(), format, RangeKind::MinMax,
                                  {.kind = kind}, inputs, 1);
    EXPECT_FALSE(parts);
    EXPECT_EQ(parts.error().kind, Error::Kind::InvalidStatistics);
    return parts.error().message;
  };
  EXPECT_EQ(message(Kind::Gptq, {}),
            "method 'gptq' needs second moments of the layer's inputs");
  EXPECT_EQ(message(Kind::Awq, {}),
            "method 'awq' needs statistics of the layer's inputs");
  ChannelStatistics other(K - 1), broken(K);
  EXPECT_NE(message(Kind::Awq, {.channels = &other}), "");
  broken.sumOfSquares[3] = NAN;
  EXPECT_EQ(message(Kind::ScaleSearch, {.channels = &broken}),
            "the squares of input channel 3 are negative or not finite");
}

// (C137) As many of each output, and one more of the first where that does not
// divide.
TEST(Method, WandaKeepsAsManyOfEachOutput_C137) {
  Layer layer(0);
  Format format = formatOf(Kind::Wanda, 0, /*bitmap=*/true);
  for (int64_t kept :
       {int64_t(0), int64_t(1), int64_t(31), N, 7 * N + 3, K * N - 1, K * N}) {
    format.sparsity.kept = kept;
    auto parts = layer.quantize({.kind = Kind::Wanda}, format);
    ASSERT_TRUE(parts) << kept << ": " << parts.error().message;
    auto unpacked = unpackParts(*parts, layer.weight().shape, format);
    ASSERT_TRUE(unpacked);
    for (int64_t output = 0; output < N; ++output) {
      int64_t count = 0;
      for (int64_t k = 0; k < K; ++k)
        count += unpacked->bitmap[k * N + output];
      EXPECT_EQ(count, kept / N + (output < kept % N)) << output;
    }
  }
}
