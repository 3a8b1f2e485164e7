//===- ConvolutionTest.cpp - Convolutions by kernels and references -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random convolutions on stored filters, in all orders of axes, run by the
// generated kernels of every instruction set: those on integers give the bits
// of lowbit-to-integer, all others are within the bound of the exact results.
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "lowbit/Numerics/Packing.h"
#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Weights/SafetensorsWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

using namespace lowbit;
using namespace lowbit::test;
using llvm::formatv;
using numerics::PartKind;
using weights::DType;
using weights::HostTensor;

namespace {

/// A named op, and the order of the axes of input and result (n, c, h, w) and
/// of the filter (f, c, h, w).
struct Form {
  const char *op, *image, *filter;
};
const Form forms[] = {{"conv_2d_nchw_fchw", "nchw", "fchw"},
                      {"conv_2d_nhwc_hwcf", "nhwc", "hwcf"},
                      {"conv_2d_nhwc_fhwc", "nhwc", "fhwc"},
                      {"conv_1d_ncw_fcw", "ncw", "fcw"},
                      {"conv_1d_nwc_wcf", "nwc", "wcf"}};

enum class Input { Floats, CodesPerTensor, CodesPerImage };

struct Case {
  Form form;
  const char *codec;
  bool perChannel, hasZeroPoint;
  Input input;
  int64_t channels, columns, height, width, window, stride, dilation, padding;
  bool hasInit;

  bool isInteger() const { return input != Input::Floats; }
  int64_t size(char axis) const {
    bool isLine = !std::strchr(form.image, 'h');
    switch (axis) {
    case 'n':
      return -1;
    case 'c':
      return channels;
    case 'f':
      return columns;
    case 'h':
      return isLine ? 1 : height;
    default:
      return width;
    }
  }
  /// Along one axis of the result.
  int64_t places(char axis) const {
    return (size(axis) + 2 * padding - (window - 1) * dilation - 1) / stride +
           1;
  }
  std::vector<int64_t> filterShape() const {
    std::vector<int64_t> shape;
    for (const char *axis = form.filter; *axis; ++axis)
      shape.push_back(*axis == 'h' || *axis == 'w' ? window : size(*axis));
    return shape;
  }
  numerics::Format format() const {
    std::vector<int64_t> blocks;
    for (const char *axis = form.filter; *axis; ++axis)
      blocks.push_back(*axis == 'f' && perChannel ? 1 : 0);
    return {numerics::getNamedCodec(codec), blocks, numerics::ScaleType::F32,
            hasZeroPoint};
  }
  std::string encoding() const {
    std::string text = std::string("#lowbit.encoding<#lowbit.") +
                       (std::string(codec) == "nf4" ? "codebook<" : "affine<") +
                       codec + ">, scale = f32 per ";
    text +=
        perChannel
            ? "axis<" +
                  std::to_string(std::strchr(form.filter, 'f') - form.filter) +
                  ">"
            : "tensor";
    return text + (hasZeroPoint ? std::string(", zero_point = ") + codec : "") +
           ">";
  }
  std::string describe() const {
    return formatv("{0} {1} input {2}, {3} channels, {4}x{5}, window {6}, "
                   "stride {7}, dilation {8}, padding {9}",
                   form.op, encoding(), int(input), channels, height, width,
                   window, stride, dilation, padding);
  }
};

/// Each value of each parameter comes up; all of them in few cases.
std::vector<Case> drawCases(unsigned seed) {
  std::mt19937 random(seed);
  auto draw = [&](auto... values) {
    std::array choices{values...};
    return choices[random() % choices.size()];
  };
  std::vector<Case> cases;
  for (size_t i = 0; i < std::size(forms); ++i) {
    Case x{forms[i],
           draw("i8", "i8", "i4", "u4", "nf4"),
           draw(true, false),
           draw(true, false),
           draw(Input::Floats, Input::CodesPerTensor, Input::CodesPerImage),
           draw(int64_t(1), int64_t(3), int64_t(8), int64_t(17), int64_t(32)),
           draw(int64_t(2), int64_t(6), int64_t(16), int64_t(34)),
           draw(int64_t(7), int64_t(9), int64_t(12)),
           draw(int64_t(7), int64_t(10), int64_t(13)),
           draw(int64_t(1), int64_t(2), int64_t(3)),
           draw(int64_t(1), int64_t(2), int64_t(3)),
           draw(int64_t(1), int64_t(2)),
           draw(int64_t(0), int64_t(1), int64_t(2)),
           draw(true, false)};
    if (std::string(x.codec) == "nf4") {
      x.hasZeroPoint = false;
      x.input = Input::Floats;
    }
    cases.push_back(x);
  }
  return cases;
}

std::string tensorOf(llvm::ArrayRef<int64_t> shape, llvm::StringRef element,
                     llvm::StringRef encoding = "") {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += (size < 0 ? "?" : std::to_string(size)) + "x";
  text += element;
  return text + (encoding.empty() ? "" : ", " + encoding.str()) + ">";
}

/// The shape of the input, the padded input, or the result.
enum class What { Input, Padded, Result };
std::vector<int64_t> shapeOf(const Case &x, What what, int64_t batch = -1) {
  std::vector<int64_t> shape;
  for (const char *axis = x.form.image; *axis; ++axis) {
    bool isPlace = *axis == 'h' || *axis == 'w';
    int64_t size = x.size(*axis);
    if (*axis == 'n')
      size = batch;
    else if (what == What::Padded && isPlace)
      size += 2 * x.padding;
    else if (what == What::Result)
      size = isPlace ? x.places(*axis) : x.columns;
    shape.push_back(size);
  }
  return shape;
}

/// Where element (n, c, h, w) of a tensor of the form's order lies.
int64_t placeOf(const char *axes, llvm::ArrayRef<int64_t> shape, int64_t first,
                int64_t c, int64_t h, int64_t w) {
  int64_t place = 0;
  for (size_t i = 0; axes[i]; ++i) {
    int64_t index = axes[i] == 'c'   ? c
                    : axes[i] == 'h' ? h
                    : axes[i] == 'w' ? w
                                     : first;
    place = place * shape[i] + index;
  }
  return place;
}

struct Filter {
  numerics::Parts parts;
  std::vector<double> values;
};

Filter makeFilter(const Case &x, std::mt19937 &random) {
  numerics::Format format = x.format();
  auto granularity =
      numerics::Granularity::get(x.filterShape(), format.blockShape);
  numerics::UnpackedParts unpacked;
  const numerics::Codec &codec = *format.codec;
  auto drawCode = [&] {
    return codec.codeMin() +
           int(random() % (codec.codeMax() - codec.codeMin() + 1));
  };
  for (int64_t i = 0; i < granularity->numScales(); ++i) {
    unpacked.scales.push_back(1 + float(random() % 1024) / 1024);
    if (x.hasZeroPoint)
      unpacked.zeroPoints.push_back(drawCode());
  }
  Filter filter;
  for (int64_t i = 0; i < granularity->numElements(); ++i) {
    int64_t scale = granularity->scaleIndex(i);
    int zero =
        x.hasZeroPoint ? codec.codeFromByte(unpacked.zeroPoints[scale]) : 0;
    int code = drawCode();
    unpacked.codes.push_back(static_cast<int8_t>(code));
    filter.values.push_back(double(unpacked.scales[scale]) *
                            (double(codec.decode(code)) - zero));
  }
  filter.parts = *numerics::packParts(unpacked, x.filterShape(), format);
  return filter;
}

struct StoredPart {
  const char *name;
  std::vector<int64_t> shape;
  DType dtype;
  PartKind kind;
};

std::vector<StoredPart> partsOf(const Case &x) {
  unsigned bits = numerics::getNamedCodec(x.codec)->bits();
  std::vector<int64_t> codes = x.filterShape();
  if (bits < 8 && codes.back() % 8 * bits % 8 != 0) {
    int64_t row = 1;
    for (int64_t size : llvm::ArrayRef(codes).drop_front())
      row *= size;
    codes = {codes.front(), row};
  }
  codes.back() = numerics::packedRowBytes(codes.back(), bits);
  std::vector<int64_t> scales;
  if (x.perChannel)
    scales = {x.columns};
  std::vector<StoredPart> parts = {
      {"codes", codes, DType::I8, PartKind::Codes},
      {"scales", scales, DType::F32, PartKind::Scales}};
  if (x.hasZeroPoint) {
    if (x.perChannel)
      scales = {int64_t(numerics::packedRowBytes(x.columns, bits))};
    parts.push_back({"zero_points", scales, DType::I8, PartKind::ZeroPoints});
  }
  return parts;
}

/// A function with all cases, each with an input, and perhaps an init, of its
/// own.
std::string makeModule(const std::vector<Case> &cases) {
  std::string globals, body;
  std::vector<std::string> arguments, results, names;
  for (auto [i, x] : llvm::enumerate(cases)) {
    std::vector<std::string> parts, types;
    for (const StoredPart &part : partsOf(x)) {
      std::string type =
          tensorOf(part.shape, part.dtype == DType::F32 ? "f32" : "i8");
      globals += formatv("ml_program.global public @\"w{0}.{1}\"("
                         "#ml_program.extern<{2}>) : {2}\n",
                         i, part.name, type);
      parts.push_back(formatv("%w{0}_{1}", i, part.name));
      types.push_back(type);
      body += formatv("  {0} = ml_program.global_load_const @\"w{1}.{2}\" : "
                      "{3}\n",
                      parts.back(), i, part.name, type);
    }
    std::string filter = tensorOf(x.filterShape(), "f32", x.encoding());
    body += formatv("  %w{0} = lowbit.assemble {1} : {2} to {3}\n", i,
                    llvm::join(parts, ", "), llvm::join(types, ", "), filter);

    std::string input = tensorOf(shapeOf(x, What::Input), "f32");
    std::string padded = tensorOf(shapeOf(x, What::Padded), "f32");
    std::string result = tensorOf(shapeOf(x, What::Result), "f32");
    arguments.push_back(formatv("%x{0}: {1}", i, input));
    body += formatv("  %n{0} = tensor.dim %x{0}, %zero : {1}\n", i, input);
    std::string value = formatv("%x{0}", i);
    if (x.padding) {
      std::vector<std::string> low, indices;
      for (const char *axis = x.form.image; *axis; ++axis) {
        low.push_back(*axis == 'h' || *axis == 'w' ? std::to_string(x.padding)
                                                   : "0");
        indices.push_back(formatv("%i{0}: index", axis - x.form.image));
      }
      body += formatv("  %p{0} = tensor.pad %x{0} low[{1}] high[{1}] {{\n"
                      "  ^bb0({2}):\n    tensor.yield %plus : f32\n  } : {3} "
                      "to {4}\n",
                      i, llvm::join(low, ", "), llvm::join(indices, ", "),
                      input, padded);
      value = formatv("%p{0}", i);
    }
    if (x.isInteger()) {
      std::string encoded =
          tensorOf(shapeOf(x, What::Padded), "f32",
                   x.input == Input::CodesPerImage ? "#image" : "#all");
      body += formatv("  %e{0} = lowbit.encode {1} : {2} to {3}\n", i, value,
                      padded, encoded);
      value = formatv("%e{0}", i);
      padded = encoded;
    }
    std::string init = formatv("%o{0}", i);
    if (x.hasInit)
      arguments.push_back(formatv("%o{0}: {1}", i, result));
    else
      body += formatv("  %t{0} = tensor.empty(%n{0}) : {1}\n  %o{0} = "
                      "linalg.fill ins(%plus : f32) outs(%t{0} : {1}) -> {1}\n",
                      i, result);
    int axes = std::strchr(x.form.image, 'h') ? 2 : 1;
    body += formatv("  %y{0} = linalg.{1} {{strides = dense<{2}> : "
                    "tensor<{4}xi64>, dilations = dense<{3}> : "
                    "tensor<{4}xi64>} ins({5}, %w{0} : {6}, {7}) outs({8} : "
                    "{9}) -> {9}\n",
                    i, x.form.op, x.stride, x.dilation, axes, value, padded,
                    filter, init, result);
    results.push_back(result);
    names.push_back(formatv("%y{0}", i));
  }
  return formatv(R"(
#all = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#image = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
{0}func.func @main({1}) -> ({2}) {{
  %zero = arith.constant 0 : index
  %plus = arith.constant 0.0 : f32
{3}  return {4} : {2}
}
)",
                 globals, llvm::join(arguments, ", "),
                 llvm::join(results, ", "), body, llvm::join(names, ", "));
}

void writeFilters(const std::string &path, const std::vector<Case> &cases,
                  const std::vector<Filter> &filters) {
  std::vector<weights::TensorDecl> tensors;
  std::vector<std::span<const std::byte>> data;
  weights::Metadata metadata;
  for (auto [i, x] : llvm::enumerate(cases)) {
    std::string base = "w" + std::to_string(i);
    metadata["lowbit.encoding:" + base] = x.encoding();
    metadata["lowbit.shape:" + base] = weights::shapeText(x.filterShape());
    for (const StoredPart &part : partsOf(x)) {
      tensors.push_back({base + "." + part.name, part.dtype, part.shape});
      data.push_back(std::as_bytes(std::span(filters[i].parts[part.kind])));
    }
  }
  auto writer = weights::SafetensorsWriter::create(path, tensors, metadata);
  ASSERT_TRUE(writer) << writer.message();
  for (auto [i, bytes] : llvm::enumerate(data))
    ASSERT_TRUE(writer->append(i, bytes).ok());
  ASSERT_TRUE(writer->commit().ok());
}

/// The first element of the result that is not within (C53) of the exact one.
std::string checkBound(const Case &x, const Filter &filter,
                       const HostTensor &input, const HostTensor *init,
                       const HostTensor &result) {
  int64_t batch = input.shape[0];
  bool isLine = !std::strchr(x.form.image, 'h');
  std::vector<int64_t> to = shapeOf(x, What::Result, batch);
  if (result.shape != to)
    return "shape " + weights::shapeText(result.shape);
  std::span<const float> in = input.as<float>();
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t f = 0; f < x.columns; ++f)
      for (int64_t h = 0; h < (isLine ? 1 : x.places('h')); ++h)
        for (int64_t w = 0; w < x.places('w'); ++w) {
          int64_t at = placeOf(x.form.image, to, n, f, h, w);
          double sum = init ? init->as<float>()[at] : 0;
          double magnitude = std::fabs(sum);
          for (int64_t c = 0; c < x.channels; ++c)
            for (int64_t i = 0; i < (isLine ? 1 : x.window); ++i)
              for (int64_t j = 0; j < x.window; ++j) {
                int64_t row =
                    isLine ? 0 : h * x.stride + i * x.dilation - x.padding;
                int64_t column = w * x.stride + j * x.dilation - x.padding;
                if (row < 0 || row >= x.size('h') || column < 0 ||
                    column >= x.width)
                  continue;
                double term = double(in[placeOf(x.form.image, input.shape, n, c,
                                                row, column)]) *
                              filter.values[placeOf(
                                  x.form.filter, x.filterShape(), f, c, i, j)];
                sum += term;
                magnitude += std::fabs(term);
              }
          int64_t length = x.channels * x.window * (isLine ? 1 : x.window) + 3;
          std::string what =
              compareWithin(result.as<float>()[at], sum,
                            gammaFactor(double(length)) * magnitude);
          if (!what.empty())
            return "element " + std::to_string(at) + " is " + what;
        }
  return "";
}

struct Convolutions : testing::TestWithParam<int> {};

} // namespace

// (C52), (C53), (C222)
TEST_P(Convolutions, AgreeWithReferences_C222) {
  std::vector<Case> cases = drawCases(GetParam());
  std::mt19937 random(GetParam());
  std::vector<Filter> filters;
  for (const Case &x : cases)
    filters.push_back(makeFilter(x, random));
  llvm::SmallString<128> path;
  ASSERT_FALSE(
      llvm::sys::fs::createTemporaryFile("filters", "safetensors", path));
  llvm::FileRemover remover(path);
  writeFilters(path.str().str(), cases, filters);
  if (testing::Test::HasFatalFailure())
    return;

  CompileOptions options;
  options.weights = path.str().str();
  std::string module = makeModule(cases);
  options.lowering = Lowering::Integer;
  std::unique_ptr<Program> integer = compile(module, options);
  ASSERT_TRUE(integer) << module;
  options.lowering = Lowering::X86;
  options.failOnFallback = true;
  for (const std::string &isa : getInstructionSets()) {
    options.isa = isa;
    std::unique_ptr<Program> program = compile(module, options);
    ASSERT_TRUE(program) << module;
    for (int64_t batch : {3, 0, 1}) {
      std::vector<HostTensor> inputs;
      std::vector<std::pair<size_t, size_t>> places;
      for (const Case &x : cases) {
        places.push_back({inputs.size(), 0});
        inputs.push_back(makeTensor(shapeOf(x, What::Input, batch), random));
        if (x.hasInit) {
          places.back().second = inputs.size();
          inputs.push_back(makeTensor(shapeOf(x, What::Result, batch), random));
        }
      }
      std::vector<HostTensor> results = run(*program, inputs);
      std::vector<HostTensor> expected = run(*integer, inputs);
      ASSERT_EQ(results.size(), cases.size());
      for (auto [i, x] : llvm::enumerate(cases)) {
        std::string where = isa + " " + x.describe();
        if (x.isInteger()) {
          EXPECT_EQ(results[i].shape, expected[i].shape) << where;
          EXPECT_TRUE(results[i].bytes == expected[i].bytes) << where;
          continue;
        }
        auto [input, init] = places[i];
        EXPECT_EQ(checkBound(x, filters[i], inputs[input],
                             init ? &inputs[init] : nullptr, results[i]),
                  "")
            << where;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Convolutions,
                         testing::Range(0, std::getenv("LOWBIT_SLOW_TESTS")
                                               ? 60
                                               : 6));
