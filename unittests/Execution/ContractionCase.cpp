//===- ContractionCase.cpp - Random contractions on weights ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionCase.h"

#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "lowbit/Numerics/Codec/Spelling.h"
#include "lowbit/Numerics/FloatTypes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>

using namespace lowbit;
using namespace lowbit::test;
using numerics::ScaleType;
using weights::DType;
using weights::HostTensor;

int64_t ContractionCase::numGroups() const {
  return group > 0 ? (reduction + group - 1) / group : 1;
}

std::vector<int64_t> ContractionCase::weightShape() const {
  return isTransposed ? std::vector{columns, reduction}
                      : std::vector{reduction, columns};
}

numerics::Format ContractionCase::format() const {
  std::vector<int64_t> blocks = {group > 0 ? group : 0, group == 0 ? 0 : 1};
  if (isTransposed)
    std::swap(blocks[0], blocks[1]);
  numerics::Format format{*numerics::parseCodec(codec), blocks, scales.type,
                          hasZeroPoint};
  format.nestedScales = scales.nested;
  return format;
}

std::string Activation::encodingText() const {
  if (isBf16())
    return "#lowbit.encoding<#lowbit.float<bf16>>";
  std::string text = "#lowbit.encoding<#lowbit.affine<" + codec +
                     ">, scale = f32 per " + (isPerRow ? "axis<0>" : "tensor");
  if (hasZeroPoint)
    text += ", zero_point = " + codec;
  return text + ">";
}

std::string ContractionCase::encodingText() const {
  std::string text = "#lowbit.encoding<#lowbit." + codec;
  if (scales.type == ScaleType::One)
    return text + ">";
  text += ", scale = ";
  text += numerics::scaleTypeName(scales.type);
  int outer = isTransposed ? 0 : 1;
  if (group == 0)
    text += " per tensor";
  else if (group < 0)
    text += " per axis<" + std::to_string(outer) + ">";
  else
    text += " per group<" + std::to_string(group) + "> along " +
            std::to_string(1 - outer);
  if (scales.nested) {
    text += ", nested_scale = ";
    text += numerics::scaleTypeName(scales.nested->type);
    text += scales.nested->block == 0
                ? " per tensor"
                : " per " + std::to_string(scales.nested->block);
  }
  if (hasZeroPoint)
    text += ", zero_point = " + std::string(format().codec->name());
  return text + ">";
}

std::string ContractionCase::describe() const {
  static const char *const inits[] = {"zero", "negative zero", "given"};
  static const char *const contents[] = {
      "random",  "extremes",     "zeros", "not finite",
      "highest", "small scales", "tiny"};
  return encodingText() + " " + std::to_string(rows) +
         (isDynamic ? " (dynamic)" : "") + "x" + std::to_string(reduction) +
         "x" + std::to_string(columns) + (isTransposed ? " transposed" : "") +
         ", activation " +
         (activation.codec.empty() ? "f32" : activation.encodingText()) +
         ", init " + inits[int(init)] + ", content " + contents[int(content)];
}

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

/// Hands out values so that each comes up once before any comes up again.
template <typename T>
class Deck {
public:
  Deck(std::initializer_list<T> cards) : cards(cards) {}
  explicit Deck(const std::vector<T> &cards)
      : cards(cards.begin(), cards.end()) {}

  T draw(std::mt19937 &random) {
    if (next == 0)
      for (size_t i = cards.size(); i > 1; --i)
        std::swap(cards[i - 1], cards[random() % i]);
    T card = cards[next];
    next = (next + 1) % cards.size();
    return card;
  }

private:
  std::deque<T> cards;
  size_t next = 0;
};

std::vector<ContractionCase> test::drawCases(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  // Affine codecs with and without zero points. Of tables those of integers, of
  // which some end before the last code.
  struct CodecForm {
    std::string codec;
    bool hasZeroPoint = false;
  };
  std::vector<CodecForm> forms = {
      {"codebook<nf4>"},   {"codebook<nf4_i8>"},
      {"codebook<fp4>"},   {"float<f4E2M1FN>"},
      {"log<4, 1>"},       {"codebook<binary>"},
      {"float<f8E4M3FN>"}, {"codebook<[-1, 0, 0.25, 3, 7]>"},
      {"float<f8E5M2>"},   {"mulaw<8, 255>"},
      {"float<f6E2M3FN>"}, {"float<f16>"},
      {"float<bf16>"},     {"float<f32>"}};
  for (const char *name :
       {"i8", "u8", "i7", "u6", "u5", "i4", "u4", "i3", "i2", "u2", "i1", "u1"})
    for (bool hasZeroPoint : {false, true})
      forms.push_back({std::string("affine<") + name + ">", hasZeroPoint});
  Deck<CodecForm> codecs(forms);
  Deck<bool> transposed({false, true});
  using numerics::NestedScales;
  Deck<Scales> scales({{ScaleType::F32},
                       {ScaleType::F16},
                       {ScaleType::BF16},
                       {ScaleType::F8E8M0FNU},
                       {ScaleType::F8E4M3FN},
                       {ScaleType::U8, NestedScales{ScaleType::F32, 256}},
                       {ScaleType::F8E4M3FN, NestedScales{ScaleType::F32, 0}},
                       {ScaleType::F16, NestedScales{ScaleType::BF16, 3}},
                       {ScaleType::U8, NestedScales{ScaleType::F16, 16}}});
  Deck<int64_t> groups({0, -1, 32, 16, 128, 10, 7, 64, 3});
  Deck<Activation> activations({{""},
                                {"i8", false, true},
                                {"u8", true, true},
                                {""},
                                {"bf16"},
                                {"i8", false, false},
                                {"i8", true, true},
                                {"u8", true, false},
                                {"u8", false, true}});
  // Around the register blocks (2, 4, 8), the panels (8, 16, 32) and steps (2,
  // 4) of the instruction sets.
  Deck<int64_t> rows({1, 2, 3, 4, 5, 6, 8, 9, 13, 17, 1, 0});
  Deck<int64_t> reductions({1,   2,   3,   4,   5,   7,   10,  15,
                            16,  17,  31,  32,  33,  50,  64,  96,
                            100, 127, 128, 129, 200, 257, 384, 0});
  Deck<int64_t> columns(
      {1, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 65, 96, 0});
  Deck<bool> dynamic({false, true});
  Deck<Init> inits(
      {Init::Zero, Init::Given, Init::Zero, Init::Given, Init::NegativeZero});
  Deck<Content> contents({Content::Random, Content::Random, Content::Extremes,
                          Content::Zeros, Content::NotFinite});
  std::vector<ContractionCase> cases;
  for (size_t i = 0; i < count; ++i) {
    CodecForm form = codecs.draw(random);
    ContractionCase x{
        form.codec,           form.hasZeroPoint,        scales.draw(random),
        groups.draw(random),  activations.draw(random), transposed.draw(random),
        rows.draw(random),    reductions.draw(random),  columns.draw(random),
        dynamic.draw(random), inits.draw(random),       contents.draw(random)};
    // Levels are not integers, or have more than 8 bits.
    if (x.isInteger() &&
        numerics::largestInteger(*x.format().codec, x.hasZeroPoint) == 0)
      x.activation = {x.activation.isPerRow ? "bf16" : ""};
    cases.push_back(std::move(x));
  }
  return cases;
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// A number of either sign whose products are far from overflow and underflow.
static float drawFloat(std::mt19937 &random) {
  float magnitude =
      std::ldexp(1 + float(random() % 4096) / 4096, int(random() % 8) - 6);
  return random() % 3 ? magnitude : -magnitude;
}

static int drawCode(int low, int high, Content content, std::mt19937 &random) {
  if (content == Content::Extremes)
    return random() % 2 ? low : high;
  if (content == Content::Highest)
    return high;
  return low + int(random() % (high - low + 1));
}

/// What the scales of a weight are, as parameters of their format.
static void drawScales(const ContractionCase &x, int64_t count,
                       std::mt19937 &random, numerics::BlockParameters &out) {
  ScaleType type = x.scales.type;
  if (x.scales.nested) {
    int64_t block = x.scales.nested->block;
    for (int64_t i = 0; i < (block ? (count + block - 1) / block : 1); ++i)
      out.nestedScales.push_back(numerics::roundToScaleType(
          std::fabs(drawFloat(random)), x.scales.nested->type));
  }
  for (int64_t i = 0; i < count; ++i) {
    float scale = drawFloat(random);
    if (type == ScaleType::U8)
      scale = static_cast<float>(1 + random() % 255);
    if (type == ScaleType::F8E8M0FNU)
      scale = std::fabs(scale);
    scale = x.content == Content::SmallScales
                ? numerics::smallestScale(type)
                : numerics::roundToScaleType(scale, type);
    if (x.scales.nested) {
      int64_t block = x.scales.nested->block;
      scale *= out.nestedScales[block ? i / block : 0];
    }
    out.scales.push_back(scale);
  }
}

Weight test::makeWeight(const ContractionCase &x, std::mt19937 &random) {
  numerics::Format format = x.format();
  std::vector<int64_t> shape = x.weightShape();
  const numerics::Codec &codec = *format.codec;
  auto table = numerics::IntegerLevels::get(codec);
  float factor = table ? std::ldexp(1.0f, -int(table->shift)) : 1;
  auto granularity = numerics::Granularity::get(shape, format.blockShape);
  numerics::UnpackedParts unpacked;
  drawScales(x, granularity->numScales(), random, unpacked);
  for (int64_t i = 0; x.hasZeroPoint && i < granularity->numScales(); ++i)
    unpacked.zeroPoints.push_back(
        drawCode(codec.codeMin(), codec.codeMax(), x.content, random));

  Weight weight;
  weight.values.resize(x.reduction * x.columns);
  weight.integers.resize(weight.values.size());
  weight.scales.resize(weight.values.size());
  for (int64_t i = 0, e = granularity->numElements(); i < e; ++i) {
    int64_t scale = granularity->scaleIndex(i);
    int zeroPoint =
        x.hasZeroPoint ? codec.codeFromByte(unpacked.zeroPoints[scale]) : 0;
    int code =
        codec.bits() > 8
            ? codec.encode((x.content == Content::Tiny ? 0x1p-130f : 1) *
                           drawFloat(random))
            : drawCode(codec.codeMin(), codec.codeMax(), x.content, random);
    // The last number of a type of floats.
    if (std::isnan(codec.decode(code)))
      code = codec.encode(codec.maxValue());
    if (x.content == Content::Zeros && scale % 2 == 0)
      code = codec.isAffine() ? zeroPoint : codec.encode(0);
    for (size_t byte = 0; byte < codec.codeBytes(); ++byte)
      unpacked.codes.push_back(static_cast<int8_t>(code >> (8 * byte)));
    int64_t k = x.isTransposed ? i % x.reduction : i / x.columns;
    int64_t n = x.isTransposed ? i / x.reduction : i % x.columns;
    int64_t at = k * x.columns + n;
    weight.values[at] = double(unpacked.scales[scale]) *
                        (double(codec.decode(code)) - zeroPoint);
    weight.integers[at] = table ? table->levels[code] : code - zeroPoint;
    weight.scales[at] = unpacked.scales[scale] * factor;
  }
  weight.parts = *numerics::packParts(unpacked, shape, format);
  return weight;
}

template <typename T>
static HostTensor makeTensor(DType dtype, std::vector<int64_t> shape,
                             const std::vector<T> &values) {
  HostTensor tensor{dtype, std::move(shape), {}};
  tensor.bytes.resize(values.size() * sizeof(T));
  if (!values.empty())
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

namespace {
/// The numbers that an activation denotes, [m * K + k]; where it has codes,
/// also these less their zero points and the scale of each row.
struct ActivationValues {
  std::vector<double> values;
  std::vector<int> integers;
  std::vector<float> scales;
};
} // namespace

/// Appends the activation's tensors.
static ActivationValues makeActivation(const ContractionCase &x, int64_t rows,
                                       std::mt19937 &random,
                                       std::vector<HostTensor> &inputs) {
  ActivationValues a;
  if (!x.isInteger()) {
    std::vector<float> floats;
    float unit = x.content == Content::Tiny ? 0x1p-125f : 1;
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t k = 0; k < x.reduction; ++k)
        floats.push_back(x.content == Content::Zeros && m % 2 == 0
                             ? 0
                             : unit * drawFloat(random));
    if (x.content == Content::NotFinite && !floats.empty()) {
      floats[random() % floats.size()] =
          std::numeric_limits<float>::quiet_NaN();
      floats[random() % floats.size()] = std::numeric_limits<float>::infinity();
    }
    if (x.activation.isBf16()) {
      std::vector<uint16_t> words(floats.size());
      numerics::bf16FromF32(floats.data(), floats.size(), words.data());
      numerics::f32FromBF16(words.data(), floats.size(), floats.data());
      inputs.push_back(makeTensor(DType::I8, {rows, 2 * x.reduction}, words));
    } else {
      inputs.push_back(makeTensor(DType::F32, {rows, x.reduction}, floats));
    }
    a.values.assign(floats.begin(), floats.end());
    return a;
  }
  bool perRow = x.activation.isPerRow;
  int64_t count = perRow ? rows : 1;
  std::vector<int64_t> shape;
  if (perRow)
    shape.push_back(rows);
  int low = x.activation.codec == "u8" ? 0 : -128, high = low + 255;
  std::vector<float> scales;
  std::vector<int> zeroPoints;
  for (int64_t m = 0; m < count; ++m) {
    scales.push_back(drawFloat(random));
    zeroPoints.push_back(
        x.activation.hasZeroPoint ? drawCode(low, high, x.content, random) : 0);
  }
  if (x.content == Content::NotFinite && perRow && rows > 1 && x.reduction > 0)
    scales[random() % rows] = std::numeric_limits<float>::quiet_NaN();
  std::vector<int8_t> codes;
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t k = 0; k < x.reduction; ++k) {
      int zeroPoint = zeroPoints[perRow ? m : 0];
      int code = x.content == Content::Zeros && m % 2 == 0
                     ? zeroPoint
                     : drawCode(low, high, x.content, random);
      codes.push_back(static_cast<int8_t>(code));
      a.integers.push_back(code - zeroPoint);
      a.values.push_back(double(scales[perRow ? m : 0]) * (code - zeroPoint));
    }
  inputs.push_back(makeTensor(DType::I8, {rows, x.reduction}, codes));
  inputs.push_back(makeTensor(DType::F32, shape, scales));
  if (x.activation.hasZeroPoint)
    inputs.push_back(
        makeTensor(DType::I8, shape,
                   std::vector<int8_t>(zeroPoints.begin(), zeroPoints.end())));
  for (int64_t m = 0; m < rows; ++m)
    a.scales.push_back(scales[perRow ? m : 0]);
  return a;
}

/// (C52), a scalar at a time.
static float contractIntegers(const ContractionCase &x,
                              const ActivationValues &a, const Weight &weight,
                              int64_t m, int64_t n, float init) {
  int64_t group = x.group > 0 ? x.group : x.reduction;
  float f = 0;
  for (int64_t k = 0; k < x.reduction;) {
    float scale = weight.scales[k * x.columns + n];
    int32_t acc = 0;
    for (int64_t end = std::min(k + group, x.reduction); k < end; ++k)
      acc +=
          a.integers[m * x.reduction + k] * weight.integers[k * x.columns + n];
    f = std::fma(static_cast<float>(acc), scale, f);
  }
  return std::fma(f, a.scales[m], init);
}

Operands test::makeOperands(const ContractionCase &x, const Weight &weight,
                            int64_t rows, std::mt19937 &random) {
  Operands result;
  ActivationValues a = makeActivation(x, rows, random, result.inputs);
  std::vector<float> init(rows * x.columns,
                          x.init == Init::NegativeZero ? -0.0f : 0.0f);
  if (x.init == Init::Given) {
    for (float &value : init)
      value = drawFloat(random);
    result.inputs.push_back(makeTensor(DType::F32, {rows, x.columns}, init));
  }
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t n = 0; n < x.columns; ++n) {
      double sum = init[m * x.columns + n], magnitude = std::fabs(sum);
      double flushed = 0;
      for (int64_t k = 0; k < x.reduction; ++k) {
        double value = weight.values[k * x.columns + n];
        double given = a.values[m * x.reduction + k];
        // (C215) Weights in bf16 may be denormal, too.
        double level = x.codec == "float<bf16>" ? std::fabs(given) : 0;
        flushed += 0x1p-126 *
                   (std::fabs(value) +
                    (2 + level) * std::fabs(weight.scales[k * x.columns + n]));
        double term = given * value;
        sum += term;
        magnitude += std::fabs(term);
      }
      result.exact.push_back(sum);
      result.magnitude.push_back(magnitude);
      result.flushed.push_back(x.activation.isBf16() ? flushed : 0);
      if (x.isInteger())
        result.integers.push_back(
            contractIntegers(x, a, weight, m, n, init[m * x.columns + n]));
    }
  return result;
}
