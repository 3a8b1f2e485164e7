//===- WeightMatricesTest.cpp - Filters and batches as matrices -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/WeightMatrices.h"
#include "lowbit/Numerics/Quantize/Method.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "CorrelatedData.h"
#include "QuantizeTesting.h"

#include <map>

using namespace lowbit::numerics;
using Kind = Method::Kind;
using Window = WeightMatrices::Window;

namespace {

/// A weight by its axes: `o` outputs, `c` channels, `x` of the window.
struct Axes {
  const char *name;
  Shape shape;

  unsigned channels() const { return std::string_view(name).find('c'); }
  std::vector<unsigned> window() const {
    std::vector<unsigned> axes;
    for (unsigned i = 0; name[i]; ++i)
      if (name[i] == 'x')
        axes.push_back(i);
    return axes;
  }
  int64_t windowSize() const {
    int64_t size = 1;
    for (unsigned axis : window())
      size *= shape[axis];
    return size;
  }
  /// Blocks of one output, so many channels and the whole window.
  Shape block(int64_t ofChannels) const {
    Shape block(shape.size(), 1);
    block[channels()] = ofChannels;
    for (unsigned axis : window())
      block[axis] = wholeAxis;
    return block;
  }
};

const Axes fchw{"ocxx", {6, 20, 3, 2}}, hwcf{"xxco", {3, 2, 20, 6}},
    fhwc{"oxxc", {6, 3, 2, 20}}, grouped{"oocxx", {2, 3, 20, 1, 3}},
    batch{"oco", {3, 20, 5}}, pixel{"ocxx", {6, 20, 1, 1}};

Format asymmetric(const Shape &block) {
  return {getNamedCodec("u4"), block, ScaleType::F16, true};
}

/// All kinds of formats with blocks of `ofChannels` channels.
std::vector<Format> formatsOf(const Axes &axes, int64_t ofChannels) {
  std::vector<Format> formats(3, asymmetric(axes.block(ofChannels)));
  formats[1].sparsity = Sparsity::pattern(2, 4, axes.channels());
  Shape whole(axes.shape.size(), wholeAxis);
  formats[2] = {getLearnedCodec(4), whole, ScaleType::One};
  formats[2].books = {4, axes.block(ofChannels), ScaleType::F16};
  // Matrices of a batch do not share these.
  if (&axes == &batch)
    return formats;
  formats.push_back({getNamedCodec("nf4"), axes.block(ofChannels),
                     ScaleType::U8, false, NestedScales{ScaleType::F32, 16}});
  formats.push_back({getNamedCodec("bf16"), whole, ScaleType::One});
  formats.back().sparsity = Sparsity::bitmap(numElements(axes.shape) / 3);
  return formats;
}

/// To the nearest code, or learned levels.
Result<UnpackedParts> encode(std::span<const float> values, ShapeRef shape,
                             const Format &format) {
  Method method{.kind = format.books ? Kind::KMeans : Kind::RoundToNearest};
  auto chooser = methodChooser(method, format.defaultRangeKind());
  auto parameters = chooser(values, shape, format);
  if (!parameters)
    return parameters.error();
  return encodeWith(*std::move(parameters), values, shape, format);
}

} // namespace

// What matrices store by themselves is what the tensor stores.
TEST(WeightMatrices, JoinedPartsAreThoseOfTheTensor_C148) {
  for (const Axes *axes : {&fchw, &hwcf, &fhwc, &grouped, &batch, &pixel})
    for (int64_t ofChannels : {8, 20, 32, 0})
      for (const Format &format : formatsOf(*axes, ofChannels)) {
        std::vector<float> values = gaussianValues(numElements(axes->shape), 3);
        auto matrices =
            WeightMatrices::get(axes->shape, axes->channels(), axes->window(),
                                Window::Inputs, format);
        ASSERT_TRUE(matrices) << axes->name << matrices.error().message;
        EXPECT_EQ(matrices->count(), axes == &batch ? 3 : 1);
        std::vector<UnpackedParts> parts;
        for (int64_t i = 0; i < matrices->count(); ++i) {
          auto part = encode(matrices->take(values, i), matrices->shape(),
                             matrices->format());
          ASSERT_TRUE(part) << axes->name << part.error().message;
          parts.push_back(*std::move(part));
        }
        auto joined =
            packParts(matrices->join(std::move(parts)), axes->shape, format);
        auto whole = encode(values, axes->shape, format);
        ASSERT_TRUE(joined && whole) << axes->name;
        auto expected = packParts(*whole, axes->shape, format);
        for (PartKind kind : allPartKinds)
          EXPECT_EQ((*joined)[kind], (*expected)[kind])
              << axes->name << " by " << ofChannels << " in "
              << format.codec->name();
      }
}

// A filter meets rows of patches, whose inputs are a channel's window after the
// other: the error of its outputs is that of the matrix.
TEST(WeightMatrices, MethodsLookAtPatches_C148) {
  for (const Axes *axes : {&fchw, &hwcf, &fhwc, &batch}) {
    int64_t places = axes->windowSize(), inputs = 20 * places;
    std::vector<float> values = gaussianValues(numElements(axes->shape), 5);
    std::vector<float> rows = correlatedRows(600, inputs, 0.9f, 6);
    // Channels differ in size, not the places of a window.
    for (int64_t i = 0; i < std::ssize(rows); ++i) {
      int64_t input = i % inputs, c = input / places;
      rows[i] = std::ldexp(rows[i], static_cast<int>(c % 5 - input % 5));
    }
    GramMatrix gram = gramOf(rows, inputs);
    std::vector<float> pixels;
    for (int64_t row = 0; row < 600; ++row)
      for (int64_t place = 0; place < places; ++place)
        for (int64_t c = 0; c < 20; ++c)
          pixels.push_back(rows[row * inputs + c * places + place]);
    ActivationStatistics channels(20);
    ASSERT_FALSE(channels.add(pixels));
    MethodInputs known{&channels.channels(), &gram};

    auto sqnr = [&](Kind kind, bool isSparse) {
      Format format = asymmetric(axes->block(4));
      if (isSparse)
        format.sparsity = Sparsity::pattern(2, 4, axes->channels());
      auto parts = quantizeByMethod(
          {values, axes->shape, axes->channels(), axes->window()}, format,
          RangeKind::MinMax, {.kind = kind}, known);
      EXPECT_TRUE(parts) << axes->name << parts.error().message;
      std::vector<float> test(values.size());
      EXPECT_FALSE(dequantize(*parts, axes->shape, format, test));
      // With other code: outputs and inputs by the indices of elements.
      std::map<std::vector<int64_t>, std::vector<double>> errors, signals;
      std::vector<int64_t> index(axes->shape.size());
      for (size_t i = 0; i < values.size(); ++i) {
        int64_t left = i, place = 0, factor = 1, c = 0;
        std::vector<int64_t> output;
        for (size_t axis = axes->shape.size(); axis-- > 0;) {
          int64_t at = left % axes->shape[axis];
          left /= axes->shape[axis];
          if (axes->name[axis] == 'o')
            output.push_back(at);
          else if (axes->name[axis] == 'c')
            c = at;
          else {
            place += at * factor;
            factor *= axes->shape[axis];
          }
        }
        for (auto *of : {&errors, &signals})
          (*of)[output].resize(inputs);
        errors[output][c * places + place] = test[i] - values[i];
        signals[output][c * places + place] = values[i];
      }
      auto energy = [&](const auto &of) {
        double sum = 0;
        for (const auto &[output, row] : of)
          for (int64_t i = 0; i < inputs; ++i)
            for (int64_t j = 0; j < inputs; ++j)
              sum += row[i] * gram.values[i * inputs + j] * row[j];
        return sum;
      };
      return 10 * std::log10(energy(signals) / energy(errors));
    };
    EXPECT_GT(sqnr(Kind::Gptq, false), sqnr(Kind::RoundToNearest, false) + 2)
        << axes->name;
    EXPECT_GT(sqnr(Kind::Awq, false), sqnr(Kind::RoundToNearest, false));
    double wanda = sqnr(Kind::Wanda, true);
    EXPECT_GT(wanda, sqnr(Kind::Magnitude, true)) << axes->name;
    EXPECT_GT(sqnr(Kind::SparseGpt, true), wanda) << axes->name;
  }
}

TEST(WeightMatrices, RejectsWhatIsNoMatrix_C148) {
  auto expect = [](const Axes &axes, const Format &format, const char *text) {
    auto error =
        verifyMatrices(axes.shape, axes.channels(), axes.window(), format);
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(error->message, text);
  };
  expect(fchw, asymmetric({1, 8, 1, 1}), "scales differ within the window");
  expect(batch, asymmetric({0, 8, 1}),
         "matrices of a batch share scales along axis 0");
  expect(grouped, asymmetric({2, 1, 0, 0, 0}),
         "blocks of scales span several axes of outputs");
  Format nested{getNamedCodec("nf4"),
                {1, 8, 1},
                ScaleType::U8,
                false,
                NestedScales{ScaleType::F32, 16}};
  expect(batch, nested, "matrices of a batch share nested scales");
  Format bitmap{getNamedCodec("bf16"), {0, 0, 0}, ScaleType::One};
  bitmap.sparsity = Sparsity::bitmap(10);
  expect(batch, bitmap, "matrices of a batch share a number of kept values");
  Format sparse = asymmetric({1, 0, 0, 0});
  sparse.sparsity = Sparsity::pattern(2, 4, 1);
  expect({"ocxx", {4, 3, 3, 3}}, sparse,
         "the 3 channels of a window are no whole number of runs of 4");
  sparse = asymmetric({0, 0, 0, 0});
  sparse.sparsity = Sparsity::pattern(2, 4, 0);
  expect(fchw, sparse,
         "the encoding is sparse along axis 0, not along axis 1 of the "
         "channels");
}
