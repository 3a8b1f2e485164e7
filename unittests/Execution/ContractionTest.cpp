//===- ContractionTest.cpp - Generated kernels against the references -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random matrix products on stored weights, in all encodings and forms, run by
// the generated kernels of every instruction set and by both references.
// Compilation is most of the time, so that a test packs several products into
// one function and runs it with several numbers of rows.
//
//===----------------------------------------------------------------------===//

#include "ContractionCase.h"
#include "Programs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

using namespace lowbit;
using namespace lowbit::test;
using numerics::ScaleType;
using weights::HostTensor;

namespace {

constexpr size_t casesPerTest = 12;
/// Half of the cases have dynamic rows and run with three numbers of them, so
/// that a test has 24 products of different shape: 216, or 2160 in the slow
/// tier, each by every instruction set and both references.
constexpr int quickTests = 9, slowTests = 90;

int getNumTests() {
  return std::getenv("LOWBIT_SLOW_TESTS") ? slowTests : quickTests;
}

/// The cases of a test: those of all are one sequence, in which every value
/// comes up.
std::vector<ContractionCase> drawTest(int test) {
  std::vector<ContractionCase> cases =
      drawCases(casesPerTest * (test + 1), /*seed=*/0);
  return {cases.end() - casesPerTest, cases.end()};
}

struct Contractions : testing::TestWithParam<int> {};

/// The first of `results` that `check(case, element, value)` finds fault with.
template <typename Fn>
std::string checkAll(const std::vector<HostTensor> &results, size_t i, Fn fn) {
  std::span<const float> values = results[i].as<float>();
  for (size_t j = 0; j < values.size(); ++j)
    if (std::string what = fn(j, values[j]); !what.empty())
      return "element " + std::to_string(j) + " is " + what;
  return "";
}

/// Any NaN is as good as another.
std::string compareBits(float actual, float expected) {
  if (std::isnan(actual) && std::isnan(expected))
    return "";
  if (std::bit_cast<uint32_t>(actual) == std::bit_cast<uint32_t>(expected))
    return "";
  return std::to_string(actual) + " instead of " + std::to_string(expected) +
         " bit for bit";
}

} // namespace

/// Runs the cases by every path, and compares: integers bit for bit with (C52),
/// all else within (C53) and (C54) of the exact results.
static void
expectAgreement(std::vector<ContractionCase> cases, unsigned seed,
                const std::vector<std::string> &sets = getInstructionSets()) {
  std::mt19937 random(seed);
  StoredWeights stored(cases, random);
  ASSERT_FALSE(stored.path.empty());

  CompileOptions options;
  options.weights = stored.path;
  std::string module = makeModule(cases);
  options.lowering = Lowering::Decode;
  std::unique_ptr<Program> decode = compile(module, options);
  options.lowering = Lowering::Integer;
  std::unique_ptr<Program> integer = compile(module, options);
  ASSERT_TRUE(decode && integer);
  options.lowering = Lowering::X86;
  options.failOnFallback = true;
  std::vector<std::unique_ptr<Program>> programs;
  for (const std::string &isa : sets) {
    ASSERT_TRUE(chooseInstructionSet(options, isa));
    programs.push_back(compile(module, options));
    ASSERT_TRUE(programs.back());
  }

  // Dynamic rows change from run to run.
  for (int round = 0; round < 3; ++round) {
    std::vector<Operands> operands;
    std::vector<HostTensor> inputs;
    for (size_t i = 0; i < cases.size(); ++i) {
      if (round != 0 && cases[i].isDynamic)
        cases[i].rows = (cases[i].rows * 3 + 2 * round) % 19;
      operands.push_back(
          makeOperands(cases[i], stored.weights[i], cases[i].rows, random));
      inputs.insert(inputs.end(), operands.back().inputs.begin(),
                    operands.back().inputs.end());
    }
    std::vector<HostTensor> decoded = run(*decode, inputs);
    std::vector<HostTensor> integers = run(*integer, inputs);
    ASSERT_TRUE(decoded.size() == cases.size() &&
                integers.size() == cases.size());
    // A result within its bound of the exact one.
    auto checkBound = [&](const std::vector<HostTensor> &results, size_t i,
                          bool isInteger) {
      const ContractionCase &x = cases[i];
      double factor =
          gammaFactor(isInteger ? x.numGroups() + 2 : x.reduction + 3);
      return checkAll(results, i, [&](size_t j, float value) {
        return compareWithin(value, operands[i].exact[j],
                             factor * operands[i].magnitude[j] +
                                 operands[i].flushed[j]);
      });
    };
    for (size_t i = 0; i < cases.size(); ++i) {
      const ContractionCase &x = cases[i];
      EXPECT_EQ(checkBound(decoded, i, false), "") << "decode " << x.describe();
      EXPECT_EQ(checkBound(integers, i, x.isInteger()), "")
          << "integer " << x.describe();
      if (x.isInteger())
        EXPECT_EQ(checkAll(integers, i,
                           [&](size_t j, float value) {
                             return compareBits(value, operands[i].integers[j]);
                           }),
                  "")
            << "integer " << x.describe();
    }
    for (size_t p = 0; p < programs.size(); ++p) {
      std::vector<HostTensor> results = run(*programs[p], inputs);
      ASSERT_EQ(results.size(), cases.size());
      for (size_t i = 0; i < cases.size(); ++i) {
        const ContractionCase &x = cases[i];
        std::string where = sets[p] + " " + x.describe();
        EXPECT_EQ(results[i].shape, integers[i].shape) << where;
        EXPECT_EQ(checkBound(results, i, x.isInteger()), "") << where;
        if (!x.isInteger())
          continue;
        std::span<const float> expected = integers[i].as<float>();
        EXPECT_EQ(checkAll(results, i,
                           [&](size_t j, float value) {
                             return compareBits(value, expected[j]);
                           }),
                  "")
            << where;
      }
    }
  }
}

// (C51), (C52), (C53), (C54), (C199), (C215)
TEST_P(Contractions, AgreeWithReferences) {
  expectAgreement(drawTest(GetParam()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Random, Contractions,
                         testing::Range(0, getNumTests()));

// (C52) A sum that f32 cannot hold is rounded once; (C54) has that in its
// bound.
TEST(LongContractions, RoundTheirSums_C52) {
  constexpr int64_t reduction = 1039;
  int32_t sum = 127 * 255 * reduction;
  ASSERT_NE(static_cast<int64_t>(static_cast<float>(sum)), sum);
  std::vector<ContractionCase> cases;
  for (int64_t group : {0, -1, 600})
    for (bool isPerRow : {true, false})
      cases.push_back({"affine<u8>",
                       false,
                       {},
                       group,
                       {"i8", false, isPerRow},
                       group != 0,
                       3,
                       reduction,
                       9,
                       false,
                       Init::Given,
                       Content::Highest});
  expectAgreement(cases, 52);
}

// (C52) Sums of few rows are taken by several in turn, of which a short group
// has as many as it has work for: from 96 to 127 indices there is for three.
TEST(ShortContractions, LoseNoTurn_C52) {
  ContractionCase x{"affine<i8>", false, {},         -1,
                    {"i8"},       false, 1,          100,
                    33,           false, Init::Zero, Content::Random};
  ContractionCase y = x;
  y.rows = 3;
  y.reduction = 124;
  expectAgreement({x, y}, 52);
}

// (C63), (C52) The smallest scale of f8E8M0FNU is a denormal f32, which stays
// one.
TEST(SmallScales, AreKept_C63) {
  std::vector<ContractionCase> cases;
  for (const char *codec :
       {"affine<i8>", "codebook<nf4_i8>", "float<f4E2M1FN>"})
    for (int64_t group : {-1, 32})
      for (Activation activation :
           {Activation{}, Activation{"i8"}, Activation{"u8", true}})
        cases.push_back({codec,
                         false,
                         {ScaleType::F8E8M0FNU},
                         group,
                         activation,
                         group == 32,
                         3,
                         100,
                         40,
                         false,
                         Init::Zero,
                         Content::SmallScales});
  expectAgreement(cases, 63);
}

// (C215) Processors may take denormal numbers for zero.
TEST(Bf16Contractions, MayFlushDenormals_C215) {
  std::vector<ContractionCase> cases;
  for (const char *codec : {"affine<i8>", "affine<u4>", "codebook<fp4>",
                            "float<f8E4M3FN>", "float<bf16>"})
    for (int64_t rows : {3, 9})
      cases.push_back({codec,
                       codec[7] == 'u',
                       {},
                       32,
                       Activation{"bf16"},
                       false,
                       rows,
                       70,
                       40,
                       false,
                       Init::Zero,
                       Content::Tiny});
  expectAgreement(cases, 215);
}

// (C217) Codes of each width with a sign, less zero points or not.
TEST(Bf16Contractions, HaveEachWidth_C217) {
  std::vector<ContractionCase> cases;
  for (int bits = 1; bits <= 8; ++bits)
    for (bool hasZeroPoint : {false, true})
      cases.push_back({"affine<i" + std::to_string(bits) + ">",
                       hasZeroPoint,
                       {},
                       32,
                       Activation{"bf16"},
                       false,
                       9,
                       70,
                       40,
                       false,
                       Init::Zero,
                       Content::Extremes});
  expectAgreement(cases, 217);
}

// (C217) Reductions longer than what is decoded at once, for many rows: of one
// group, of several, and of groups that are themselves longer; products of bf16
// numbers, and of f32 where levels are others.
TEST(LongContractions, GoInSpans_C217) {
  std::vector<ContractionCase> cases;
  for (const char *codec : {"affine<i4>", "affine<u8>", "codebook<nf4>"})
    for (int64_t group : {-1, 100, 2201})
      for (const char *activation : {"", "bf16"})
        cases.push_back({codec,
                         codec[7] == 'u',
                         {},
                         group,
                         Activation{activation},
                         group == 100,
                         13,
                         4501,
                         70,
                         false,
                         group == -1 ? Init::Zero : Init::Given,
                         Content::Random});
  expectAgreement(cases, 7);
}

// (C52), (C217) Few rows take tiles as they are made with least: two of them
// together, of which a group may have an odd number, with columns in another
// order, or codes of one and two bits where they lie.
TEST(FewRows, WeaveTiles_C217) {
  std::vector<ContractionCase> cases;
  auto add = [&](const char *codec, const char *activation, bool hasZeroPoint,
                 int64_t rows) {
    cases.push_back({codec,
                     hasZeroPoint,
                     {},
                     activation[0] == 'b' ? 10 : 20,
                     Activation{activation},
                     false,
                     rows,
                     74,
                     40,
                     false,
                     Init::Zero,
                     Content::Extremes});
  };
  add("affine<i4>", "bf16", false, 1);
  add("codebook<fp4>", "bf16", false, 4);
  add("affine<i8>", "bf16", false, 1);
  add("float<f8E5M2>", "bf16", false, 4);
  add("affine<i8>", "bf16", true, 2);
  add("affine<i6>", "bf16", false, 3);
  for (const char *codec : {"affine<i2>", "affine<u1>"})
    for (const char *activation : {"i8", "u8"})
      add(codec, activation, codec[7] == 'i', 1);
  expectAgreement(cases, 3);
}

// (C200), (C107) Products of bf16 take codes in several pieces too, and zero
// points beside nested scales.
TEST(Bf16Contractions, ReadAllPanels_C200) {
  std::vector<ContractionCase> cases;
  for (const char *codec :
       {"affine<i3>", "affine<i7>", "affine<u5>", "affine<i4>"})
    for (bool hasZeroPoint : {false, true})
      cases.push_back(
          {codec,
           hasZeroPoint,
           {ScaleType::U8, numerics::NestedScales{ScaleType::F32, 3}},
           16,
           {"bf16"},
           hasZeroPoint,
           5,
           50,
           40,
           false,
           Init::Zero,
           Content::Random});
  expectAgreement(cases, 200);
}

// (C52) Tile registers: rows that fill one, two and none; groups of whole
// tiles, of parts of them, and a shorter last one; zero points of both
// operands; a last panel of one vector. Where a processor has none, loops take
// their place.
TEST(TileContractions, GiveTheSameBits_C52) {
  if (CompileOptions options; !chooseInstructionSet(options, "amx"))
    GTEST_SKIP() << "this processor has no avx512bf16";
  std::vector<ContractionCase> cases;
  auto add = [&](const char *codec, bool hasZeroPoint, int64_t group,
                 Activation activation, int64_t rows, int64_t reduction,
                 int64_t columns, Init init, Scales scales = {}) {
    cases.push_back({codec, hasZeroPoint, scales, group, activation,
                     columns % 2 == 0, rows, reduction, columns, false, init,
                     cases.size() % 2 ? Content::Extremes : Content::Random});
  };
  add("affine<i8>", false, -1, {"i8"}, 53, 300, 70, Init::Zero);
  add("affine<i4>", false, 32, {"i8"}, 32, 96, 33, Init::Given);
  add("affine<u4>", true, 72, {"u8", true}, 41, 200, 16, Init::Zero);
  add("affine<u8>", true, 0, {"i8", true}, 48, 64, 31, Init::Given);
  add("affine<i8>", false, -1, {"u8", true}, 40, 100, 33, Init::Given);
  add("codebook<nf4_i8>", false, 64, {"i8"}, 20, 129, 40, Init::Zero);
  add("affine<i3>", true, 16, {"i8"}, 16, 50, 64, Init::Zero);
  add("affine<i2>", false, -1, {"i8", false, false}, 40, 3, 9, Init::Zero);
  // Chunks of rows of which the last fills no register; scales that are decoded
  // for all of them; and nothing to sum.
  add("affine<i8>", false, -1, {"i8"}, 139, 40, 20, Init::Zero);
  add("affine<i4>", false, 16, {"i8"}, 35, 90, 40, Init::Given,
      {ScaleType::U8, numerics::NestedScales{ScaleType::F32, 3}});
  add("affine<i4>", false, 32, {"i8"}, 18, 0, 40, Init::Given);
  add("affine<i8>", false, -1, {"i8"}, 18, 0, 40, Init::Zero);
  expectAgreement(cases, 52, {"amx"});
}

// (C11), (C62) Numbers as they are, with and without scales: panels hold f32
// ones, and pairs of bf16 ones, in the form that kernels multiply. So many rows
// that these are gone through in blocks, and reductions longer than a span.
TEST(WideContractions, ReadNumbers_C11) {
  std::vector<ContractionCase> cases;
  for (const char *codec : {"float<f16>", "float<bf16>", "float<f32>"})
    for (ScaleType type : {ScaleType::One, ScaleType::F16})
      for (const char *activation : {"", "bf16"})
        for (bool isTransposed : {false, true}) {
          bool isLong = !isTransposed && type == ScaleType::One;
          cases.push_back(
              {codec,
               false,
               {type},
               type == ScaleType::One ? 0
               : isTransposed         ? 10
                                      : -1,
               Activation{activation},
               isTransposed,
               isTransposed ? 2 : 9,
               isLong ? 1039 : 33,
               isTransposed ? 7 : 100,
               true,
               isTransposed ? Init::Given : Init::Zero,
               isTransposed ? Content::NotFinite : Content::Random});
        }
  expectAgreement(cases, 11);
}

// The cases of the quick tier have every value of every parameter.
TEST(ContractionCases, CoverEachValue) {
  std::map<std::string, int> seen;
  for (int test = 0; test < quickTests; ++test)
    for (const ContractionCase &x : drawTest(test)) {
      ++seen["codec " + x.codec + (x.hasZeroPoint ? " with zero point" : "")];
      ++seen["scale " + std::to_string(int(x.scales.type)) +
             (x.scales.nested ? " in " + std::to_string(x.scales.nested->block)
                              : "")];
      ++seen["group " + std::to_string(x.group)];
      ++seen["activation " + (x.activation.codec.empty()
                                  ? "f32"
                                  : x.activation.encodingText())];
      ++seen["reduction " + std::to_string(x.reduction)];
      ++seen["columns " + std::to_string(x.columns)];
      ++seen["init " + std::to_string(int(x.init))];
      ++seen["content " + std::to_string(int(x.content))];
      ++seen[x.isTransposed ? "transposed" : "plain"];
    }
  // 12 affine codecs twice and 14 others, 9 scales, 9 groups, 8 activations, 24
  // reductions, 17 columns, 3 inits, 4 contents, 2 orders.
  EXPECT_EQ(seen.size(), 38u + 9 + 9 + 8 + 24 + 17 + 3 + 4 + 2);
}
