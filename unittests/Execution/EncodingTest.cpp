//===- EncodingTest.cpp - Encode and decode in the IR against numerics ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random encodings of random tensors: what the compiled encode and decode give
// is what the library gives, byte for byte. The library is held to docs/spec.md
// by tests of its own.
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/KMeans.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>

using namespace lowbit;
using namespace lowbit::test;
using llvm::formatv;
using numerics::PartKind;
using weights::DType;
using weights::HostTensor;

namespace {

using Random = std::mt19937;

constexpr size_t casesPerTest = 16;
constexpr int quickTests = 10, slowTests = 100;

int getNumTests() {
  return std::getenv("LOWBIT_SLOW_TESTS") ? slowTests : quickTests;
}

template <typename Container>
auto pick(Random &random, const Container &choices) {
  return std::data(choices)[random() % std::size(choices)];
}

const char *const codecs[] = {
    "affine<i8>",       "affine<u8>",
    "affine<i4>",       "affine<u4>",
    "affine<i3>",       "affine<u2>",
    "affine<i1>",       "affine<u5>",
    "codebook<nf4>",    "codebook<nf4_i8>",
    "codebook<fp4>",    "codebook<fp4_bnb>",
    "codebook<binary>", "codebook<[-1, -0.25, 0, 0.5, 2]>",
    "mulaw<8, 255>",    "mulaw<3, 15.5>",
    "alaw<6, 87.6>",    "log<4, 1>",
    "log<7, 3>",        "float<f8E4M3FN>",
    "float<f8E5M2>",    "float<f6E2M3FN>",
    "float<f6E3M2FN>",  "float<f4E2M1FN>",
    "float<f16>",       "float<bf16>",
    "float<f32>"};
const char *const wideTypes[] = {"f32", "f16", "bf16"};
const char *const scaleTypes[] = {"f32",      "f16",       "bf16",
                                  "f8E4M3FN", "f8E8M0FNU", "u8"};

struct Case {
  std::vector<int64_t> shape;
  EncodingAttr encoding;
  numerics::Format format;
  numerics::RangeKind kind;
  std::string text;
  std::string type;
};

std::string drawGranularity(Random &random, size_t rank) {
  const int64_t sizes[] = {1, 2, 3, 8, 32, 100};
  size_t axis = rank ? random() % rank : 0;
  switch (rank ? random() % 4 : 0) {
  case 0:
    return "tensor";
  case 1:
    return formatv("axis<{0}>", axis);
  case 2:
    return formatv("group<{0}> along {1}", pick(random, sizes), axis);
  }
  std::string text;
  for (size_t i = 0; i < rank; ++i) {
    std::string size = random() % 4 ? std::to_string(pick(random, sizes)) : "*";
    text += (i ? ", " : "") + size;
  }
  return "block<[" + text + "]>";
}

std::string drawLearned(Random &random, size_t rank) {
  const int levels[] = {2, 3, 5, 16, 17, 256};
  return formatv("kmeans<{0}, {1} per {2}>", pick(random, levels),
                 pick(random, wideTypes), drawGranularity(random, rank));
}

std::string drawEncoding(Random &random, size_t rank, std::string codec) {
  std::string text = "#lowbit.encoding<#lowbit." + codec;
  if (random() % 8) {
    text += formatv(", scale = {0} per {1}", pick(random, scaleTypes),
                    drawGranularity(random, rank));
    if (random() % 3 == 0) {
      const char *const nested[] = {"tensor", "1", "3", "64", "256"};
      text += formatv(", nested_scale = {0} per {1}", pick(random, wideTypes),
                      pick(random, nested));
    }
  }
  unsigned shift = random() % 4;
  if (shift == 0 && llvm::StringRef(codec).starts_with("affine"))
    text += ", zero_point = " + codec.substr(7, 2);
  // Beside an offset of maxValue scales wide codes have no precision.
  bool isWide = codec.find("16") != std::string::npos || codec == "float<f32>";
  if (shift == 1 && !isWide)
    text += formatv(", offset = {0}", pick(random, wideTypes));
  const char *const orders[] = {"high_first", "split<1>", "split<2>",
                                "split<8>", "split<32>"};
  if (random() % 3 == 0)
    text += formatv(", layout = #lowbit.rows<{0}>", pick(random, orders));
  else if (rank == 2 && random() % 2)
    text += formatv(", layout = #lowbit.panels<columns = {0}, step = {1}, "
                    "reduction = {2}>",
                    8 << random() % 2, 1 << random() % 3, random() % 2);
  return text + ">";
}

void addSparsity(Random &random, const std::vector<int64_t> &shape,
                 std::string &text) {
  text.pop_back();
  if (random() % 2)
    text += formatv(", sparsity = #lowbit.bitmap<kept = {0}>>",
                    random() % (numerics::numElements(shape) + 1))
                .str();
  else
    text +=
        formatv(", sparsity = #lowbit.nm<{0}:{1} along {2}>>", 1 + random() % 3,
                2 + random() % 7, shape.empty() ? 0 : random() % shape.size())
            .str();
}

/// Any encoding that fits `shape`, with a range that it has.
Case drawCase(Random &random, bool isSparse = false, bool isLearned = false) {
  const int64_t sizes[] = {1, 2, 3, 5, 7, 8, 9, 17, 33, 64, 0};
  mlir::ScopedDiagnosticHandler quiet(
      &getContext(), [](mlir::Diagnostic &) { return mlir::success(); });
  while (true) {
    Case c;
    for (size_t i = 0, rank = random() % 4; i < rank; ++i)
      c.shape.push_back(pick(random, sizes));
    size_t rank = c.shape.size();
    std::string text = drawEncoding(random, rank,
                                    isLearned ? drawLearned(random, rank)
                                              : pick(random, codecs));
    if (isSparse)
      addSparsity(random, c.shape, text);
    c.encoding = llvm::dyn_cast_or_null<EncodingAttr>(
        mlir::parseAttribute(text, &getContext()));
    if (!c.encoding ||
        failed(c.encoding.verifyEncoding(
            c.shape, mlir::Float32Type::get(&getContext()), [&] {
              return mlir::emitError(mlir::UnknownLoc::get(&getContext()));
            })))
      continue;
    c.format = c.encoding.getFormat(c.shape.size());
    c.kind = static_cast<numerics::RangeKind>(random() % 5);
    bool hasShift = c.format.hasZeroPoint || c.format.offsetType;
    if (verifyFormat(c.shape, c.format) ||
        (!isLearned && ((c.kind == numerics::RangeKind::MinMax) != hasShift ||
                        verifyRangeKind(c.format, c.kind))))
      continue;
    c.type = "tensor<";
    bool isPanels = llvm::isa<PanelsAttr>(c.encoding.getLayout());
    for (int64_t size : c.shape)
      c.type += (isSparse || isLearned || isPanels || random() % 3
                     ? std::to_string(size)
                     : "?") +
                "x";
    c.type += "f32";
    c.text = text;
    return c;
  }
}

/// Blocks of zeros are a case of its own where no code is 0.
std::vector<float> drawValues(Random &random, const Case &c) {
  std::normal_distribution<float> normal;
  size_t n = numerics::numElements(c.shape);
  std::vector<float> values(n);
  float shift = random() % 3 ? 0.0f : 2.0f;
  float size = random() % 6 ? 1.0f : std::ldexp(1.0f, int(random() % 60) - 30);
  for (float &value : values) {
    unsigned special = random() % 20;
    value = special == 0   ? 0.0f
            : special == 1 ? (random() % 2 ? -3.5f : 3.5f)
            : special == 2 ? normal(random) * 1e-6f
                           : normal(random) + shift;
    value *= size;
  }
  // Scales that are too small for their type, beside others.
  if (random() % 6 == 0)
    for (size_t i = n / 3; i < n; ++i)
      values[i] *= 0x1p-24f;
  if (random() % (c.format.hasZero() ? 8 : 2) == 0)
    std::fill(values.begin(), values.begin() + n / 2, 0.0f);
  return values;
}

/// A function that decodes each tensor from its parts, which are arguments.
std::string makeDecodeModule(const std::vector<Case> &cases) {
  std::string attributes, body, arguments, names, types;
  auto join = [](std::string &list, const std::string &next) {
    list += (list.empty() ? "" : ", ") + next;
  };
  for (auto [i, c] : llvm::enumerate(cases)) {
    attributes += formatv("#e{0} = {1}\n", i, c.text);
    std::string parts, partTypes;
    for (auto [kind, part] : llvm::zip(c.encoding.getPartKinds(),
                                       c.encoding.getPartTypes(c.shape))) {
      std::string text,
          name = formatv("%{0}{1}", numerics::partKindName(kind), i);
      llvm::raw_string_ostream(text) << part;
      join(parts, name);
      join(partTypes, text);
      join(arguments, name + ": " + text);
    }
    body += formatv("  %e{1} = lowbit.assemble {0} : {3} to {2}, #e{1}>\n"
                    "  %d{1} = lowbit.decode %e{1} : {2}, #e{1}> to {2}>\n",
                    parts, i, c.type, partTypes);
    join(names, formatv("%d{0}", i));
    join(types, c.type + ">");
  }
  return formatv("{0}func.func @main({1}) -> ({2}) {{\n{3}  return {4} : "
                 "{2}\n}\n",
                 attributes, arguments, types, body, names);
}

/// The parts in the layout of the case.
numerics::Parts layOut(const Case &c, const numerics::Parts &parts) {
  if (isInPlainRows(c.encoding))
    return parts;
  return *layOutParts(parts, c.shape, c.encoding, 1);
}

/// The parts as a program takes them.
void addParts(const Case &c, const numerics::Parts &parts,
              std::vector<HostTensor> &inputs) {
  for (auto [kind, type] :
       llvm::zip(c.encoding.getPartKinds(), c.encoding.getPartTypes(c.shape))) {
    DType dtype = type.getElementType().isF32()    ? DType::F32
                  : type.getElementType().isF16()  ? DType::F16
                  : type.getElementType().isBF16() ? DType::BF16
                                                   : DType::I8;
    HostTensor input{
        dtype, {type.getShape().begin(), type.getShape().end()}, {}};
    for (uint8_t byte : parts[kind])
      input.bytes.push_back(static_cast<std::byte>(byte));
    inputs.push_back(std::move(input));
  }
}

/// A function that gives all parts of each encoded argument, and the decoded
/// tensor.
std::string makeModule(const std::vector<Case> &cases) {
  std::string attributes, body, arguments, names, types;
  auto join = [](std::string &list, const std::string &next) {
    list += (list.empty() ? "" : ", ") + next;
  };
  for (auto [i, c] : llvm::enumerate(cases)) {
    attributes += formatv("#e{0} = {1}\n", i, c.text);
    join(arguments, formatv("%x{0}: {1}>", i, c.type));
    body += formatv("  %e{0} = lowbit.encode %x{0} range({1}) : {2}> to {2}, "
                    "#e{0}>\n",
                    i, numerics::rangeKindName(c.kind), c.type);
    auto type = llvm::cast<mlir::RankedTensorType>(
        mlir::parseType(c.type + ">", &getContext()));
    std::string parts, partTypes;
    for (auto [kind, part] :
         llvm::zip(c.encoding.getPartKinds(),
                   c.encoding.getPartTypes(type.getShape()))) {
      std::string text;
      llvm::raw_string_ostream(text) << part;
      join(parts, formatv("%{0}{1}", numerics::partKindName(kind), i));
      join(partTypes, text);
    }
    body += formatv("  {0} = lowbit.disassemble %e{1} : {2}, #e{1}> to {3}\n",
                    parts, i, c.type, partTypes);
    body += formatv("  %d{0} = lowbit.decode %e{0} : {1}, #e{0}> to {1}>\n", i,
                    c.type);
    join(names, formatv("{0}, %d{1}", parts, i));
    join(types, formatv("{0}, {1}>", partTypes, c.type));
  }
  return formatv("{0}func.func @main({1}) -> ({2}) {{\n{3}  return {4} : "
                 "{2}\n}\n",
                 attributes, arguments, types, body, names);
}

std::string compareBytes(const HostTensor &actual,
                         std::span<const uint8_t> expected) {
  if (actual.bytes.size() != expected.size())
    return formatv("{0} bytes instead of {1}", actual.bytes.size(),
                   expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    if (static_cast<uint8_t>(actual.bytes[i]) != expected[i])
      return formatv("byte {0} is {1} instead of {2}", i,
                     static_cast<unsigned>(actual.bytes[i]),
                     static_cast<unsigned>(expected[i]));
  return "";
}

struct Encodings : testing::TestWithParam<int> {};

} // namespace

// (C109), (C122), and sections 1 and 2.1 as the library follows them.
TEST_P(Encodings, AgreeWithLibrary) {
  Random random(GetParam());
  std::vector<Case> cases;
  std::vector<HostTensor> inputs;
  std::vector<std::vector<float>> values;
  std::vector<numerics::Parts> expected;
  while (cases.size() < casesPerTest) {
    Case c = drawCase(random);
    values.push_back(drawValues(random, c));
    auto parts = numerics::quantizeRoundToNearest(values.back(), c.shape,
                                                  c.format, 1, c.kind);
    if (!parts) {
      // A scale that its type cannot hold.
      values.pop_back();
      continue;
    }
    expected.push_back(*std::move(parts));
    HostTensor input{DType::F32, c.shape, {}};
    input.bytes.resize(values.back().size() * sizeof(float));
    if (!values.back().empty())
      std::memcpy(input.bytes.data(), values.back().data(), input.bytes.size());
    inputs.push_back(std::move(input));
    cases.push_back(std::move(c));
  }
  CompileOptions options;
  options.lowering = Lowering::Decode;
  std::unique_ptr<Program> program = compile(makeModule(cases), options);
  ASSERT_TRUE(program);
  std::vector<HostTensor> results = run(*program, inputs);
  size_t next = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case &c = cases[i];
    std::string where = formatv("{0}, #e> {1} range({2})", c.type, c.text,
                                numerics::rangeKindName(c.kind));
    numerics::Parts ordered = layOut(c, expected[i]);
    for (PartKind kind : c.encoding.getPartKinds())
      EXPECT_EQ(compareBytes(results[next++], ordered[kind]), "")
          << numerics::partKindName(kind) << " of " << where;
    std::vector<float> decoded(values[i].size());
    ASSERT_FALSE(numerics::dequantize(expected[i], c.shape, c.format, decoded));
    EXPECT_EQ(compareBytes(results[next++],
                           {reinterpret_cast<const uint8_t *>(decoded.data()),
                            decoded.size() * sizeof(float)}),
              "")
        << "decoded " << where;
  }
  EXPECT_EQ(next, results.size());
}

/// Quantizes random tensors, of which the library makes the parts, and compares
/// what the program decodes.
void testDecoding(Random &random, bool isLearned) {
  std::vector<Case> cases;
  std::vector<HostTensor> inputs;
  std::vector<std::vector<float>> expected;
  while (cases.size() < casesPerTest) {
    bool isSparse = !isLearned || random() % 2;
    Case c = drawCase(random, isSparse, isLearned);
    std::vector<float> values = drawValues(random, c);
    numerics::Result<numerics::Parts> parts = [&] {
      if (!isLearned)
        return numerics::quantizeRoundToNearest(values, c.shape, c.format, 1,
                                                c.kind);
      auto learned = numerics::quantizeKMeans(values, c.shape, c.format);
      return learned ? packParts(*learned, c.shape, c.format)
                     : numerics::Result<numerics::Parts>(learned.error());
    }();
    if (!parts)
      continue;
    // Codes that no level has, too.
    if (isLearned && !isSparse && random() % 2)
      for (uint8_t &byte : (*parts)[PartKind::Codes])
        byte |= random() % 8 ? 0 : 0xff;
    addParts(c, layOut(c, *parts), inputs);
    ASSERT_FALSE(numerics::dequantize(*parts, c.shape, c.format, values));
    expected.push_back(std::move(values));
    cases.push_back(std::move(c));
  }
  CompileOptions options;
  options.lowering = Lowering::Decode;
  std::unique_ptr<Program> program = compile(makeDecodeModule(cases), options);
  ASSERT_TRUE(program);
  std::vector<HostTensor> results = run(*program, inputs);
  ASSERT_EQ(results.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(compareBytes(results[i], {reinterpret_cast<const uint8_t *>(
                                            expected[i].data()),
                                        expected[i].size() * sizeof(float)}),
              "")
        << cases[i].type << "> " << cases[i].text;
}

// (C110), (C111), (C114)
TEST_P(Encodings, SparseDecodesAsInLibrary) {
  Random random(1000 + GetParam());
  testDecoding(random, /*isLearned=*/false);
}

// (C72), (C120)
TEST_P(Encodings, LearnedDecodesAsInLibrary) {
  Random random(2000 + GetParam());
  testDecoding(random, /*isLearned=*/true);
}

INSTANTIATE_TEST_SUITE_P(Random, Encodings, testing::Range(0, getNumTests()));

// The cases of the quick tier have every codec and scale type.
TEST(EncodingCases, CoverEachValue) {
  std::map<std::string, int> seen;
  for (int test = 0; test < quickTests; ++test) {
    Random random(test);
    for (size_t i = 0; i < casesPerTest; ++i) {
      Case c = drawCase(random);
      ++seen["codec " + std::string(c.format.codec->name())];
      ++seen["scale " +
             std::string(numerics::scaleTypeName(c.format.scaleType))];
      ++seen["range " + std::string(numerics::rangeKindName(c.kind))];
      drawValues(random, c);
    }
  }
  EXPECT_EQ(seen.size(), std::size(codecs) + std::size(scaleTypes) + 1 + 5);
}
