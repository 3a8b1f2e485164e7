//===- MatmulSpecTest.cpp - Specs of kernels as attributes and names ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Matmul.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <map>

using namespace lowbit;
using namespace lowbit::x86;

namespace {

struct MatmulSpecTest : testing::Test {
  MatmulSpecTest() { context.loadDialect<LowbitDialect>(); }

  EncodingAttr parse(const std::string &codec, const std::string &scale,
                     int64_t step, int64_t reductionAxis) {
    std::string text = "#lowbit.encoding<#lowbit." + codec +
                       ">, scale = " + scale +
                       ", layout = #lowbit.panels<columns = 32, step = " +
                       std::to_string(step) +
                       ", reduction = " + std::to_string(reductionAxis) + ">>";
    return mlir::cast<EncodingAttr>(mlir::parseAttribute(text, &context));
  }

  static void replace(std::string &text, const std::string &word, int axis) {
    if (size_t at = text.find(word); at != std::string::npos)
      text.replace(at, word.size(), std::to_string(axis));
  }

  /// Specs of which any two make different kernels.
  std::vector<MatmulSpec> makeSpecs() {
    struct {
      ActivationType type;
      bool isPerRow, hasZeroPoints;
    } const activations[] = {
        {ActivationType::F32, false, false}, {ActivationType::I8, true, false},
        {ActivationType::I8, false, false},  {ActivationType::U8, true, false},
        {ActivationType::I8, true, true},    {ActivationType::U8, false, true}};
    std::vector<MatmulSpec> specs;
    for (Isa isa : {Isa::AVX512, Isa::AVX512VNNI}) {
      for (int flags = 0; flags < 8; ++flags) {
        MatmulSpec spec;
        spec.target = {isa};
        spec.batched = flags & 1;
        spec.overwrite = flags & 2;
        spec.transposed = flags & 4;
        specs.push_back(spec);
      }
      int64_t step = Target{isa}.integerStep();
      for (const char *codec : {"affine<i8", "affine<u4"})
        for (const char *scale :
             {"f32 per tensor", "f16 per tensor", "bf16 per tensor",
              "f8E8M0FNU per tensor",
              "u8 per axis<COLUMNS>, nested_scale = f32 per tensor",
              "u8 per axis<COLUMNS>, nested_scale = f16 per tensor",
              "u8 per axis<COLUMNS>, nested_scale = f32 per 256",
              "f32 per axis<COLUMNS>", "f32 per group<32> along REDUCTION",
              "f32 per group<16> along REDUCTION"})
          for (bool hasZeroPoint : {false, true})
            for (int axis : {0, 1})
              for (int64_t columns : {48, 64})
                for (int form = 0; form < 12; ++form) {
                  // Zero points have the type of the codes.
                  std::string text = scale;
                  if (hasZeroPoint)
                    text += std::string(", zero_point = ") + (codec + 7);
                  replace(text, "COLUMNS", 1 - axis);
                  replace(text, "REDUCTION", axis);
                  MatmulSpec spec;
                  spec.target = {isa};
                  auto [type, isPerRow, hasZeroPoints] = activations[form % 6];
                  spec.activation = type;
                  spec.scalePerRow = isPerRow;
                  spec.activationZeroPoints = hasZeroPoints;
                  spec.overwrite = form / 6;
                  spec.reduction = 96;
                  spec.columns = columns;
                  spec.encoding =
                      parse(codec, text, spec.isInteger() ? step : 1, axis);
                  specs.push_back(spec);
                }
    }
    return specs;
  }

  mlir::MLIRContext context;
};

} // namespace

TEST_F(MatmulSpecTest, AttributesComeBack) {
  for (const MatmulSpec &spec : makeSpecs()) {
    mlir::DictionaryAttr attribute = spec.toAttribute(&context);
    std::optional<MatmulSpec> again = MatmulSpec::fromAttribute(attribute);
    ASSERT_TRUE(again) << spec.getName();
    EXPECT_EQ(again->toAttribute(&context), attribute) << spec.getName();
    EXPECT_EQ(again->getName(), spec.getName());
  }
  EXPECT_FALSE(MatmulSpec::fromAttribute(nullptr));
  EXPECT_FALSE(MatmulSpec::fromAttribute(mlir::UnitAttr::get(&context)));
}

// Layers share a kernel by name: one name for two specs would be a wrong
// result.
TEST_F(MatmulSpecTest, NamesTellSpecsApart) {
  std::map<std::string, mlir::Attribute> seen;
  for (const MatmulSpec &spec : makeSpecs()) {
    auto [it, isNew] = seen.emplace(spec.getName(), spec.toAttribute(&context));
    EXPECT_TRUE(isNew) << spec.getName();
  }
}

// Zero points and the order of storage are part of the name too.
TEST_F(MatmulSpecTest, NamesTellEncodingsApart) {
  MatmulSpec plain;
  plain.target = {Isa::AVX512};
  plain.reduction = plain.columns = 64;
  plain.encoding = parse("affine<u4", "f32 per tensor", 1, 0);
  MatmulSpec zeroPoint = plain, transposed = plain;
  zeroPoint.encoding =
      parse("affine<u4", "f32 per tensor, zero_point = u4", 1, 0);
  transposed.encoding = parse("affine<u4", "f32 per tensor", 1, 1);
  EXPECT_NE(plain.getName(), zeroPoint.getName());
  EXPECT_NE(plain.getName(), transposed.getName());
}

// A group longer than the reduction is the reduction; nothing has no groups.
TEST_F(MatmulSpecTest, Groups) {
  auto get = [&](const char *scale, int64_t reduction) {
    MatmulSpec spec;
    spec.target = {Isa::AVX512};
    spec.encoding = parse("affine<i8", scale, 1, 0);
    spec.reduction = reduction;
    return std::pair(spec.getGroupSize(), spec.getNumGroups());
  };
  using Groups = std::pair<int64_t, int64_t>;
  EXPECT_EQ(get("f32 per tensor", 100), Groups(100, 1));
  EXPECT_EQ(get("f32 per tensor", 0), Groups(0, 1));
  EXPECT_EQ(get("f32 per axis<1>", 100), Groups(100, 1));
  EXPECT_EQ(get("f32 per group<32> along 0", 96), Groups(32, 3));
  EXPECT_EQ(get("f32 per group<32> along 0", 100), Groups(32, 4));
  EXPECT_EQ(get("f32 per group<128> along 0", 100), Groups(100, 1));
  EXPECT_EQ(get("f32 per group<128> along 0", 0).second, 0);
}
