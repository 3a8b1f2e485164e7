//===- ShorthandsTest.cpp - Every word of the grammar of recipes ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

using namespace lowbit;
using namespace mlir;

namespace {

/// Those of docs/recipes.md, each form once.
const char *const kBases[] = {"int8",
                              "int8-dynamic",
                              "llm-int8",
                              "int8-static",
                              "int8-static-asym",
                              "int8-static-p99.99",
                              "int4-g8",
                              "int3-g8-sym",
                              "int8-static-asym-entropy",
                              "nf4-g8",
                              "nf4_i8-g8",
                              "fp4-g8",
                              "int8-static-entropy",
                              "binary-g8",
                              "nf4-g8-dq",
                              "nf4_i8-g8-dq",
                              "fp4-g8-dq",
                              "binary-g8-dq",
                              "mxfp4",
                              "mxfp8",
                              "nvfp4",
                              "q4_0",
                              "q4_1",
                              "q8_0",
                              "fp8",
                              "fp8-bf16",
                              "int4-g8-bf16",
                              "mulaw8",
                              "alaw8",
                              "kmeans4",
                              "kmeans4-g8",
                              "f16",
                              "bf16",
                              "float"};
const char *const kMethods[] = {"",      "rtn",       "percentile", "mse",
                                "hqq",   "kmeans",    "awq",        "gptq",
                                "wanda", "magnitude", "sparsegpt"};
const char *const kScalings[] = {"", "awq", "smoothquant", "smoothquant0.8"};
const char *const kSparsities[] = {"", "2:4", "50%"};

/// What is wrong with these pieces together, as the table of docs/recipes.md
/// has it: a part of the message, or "".
StringRef getExpected(StringRef scaling, StringRef method, StringRef base,
                      StringRef sparsity) {
  if (base == "float")
    return scaling.empty() && method.empty() && sparsity.empty()
               ? ""
               : "'float' leaves a layer as it is";
  // AWQ clips, too, where nothing else finds the codes.
  if (scaling == "awq" && method.empty())
    method = "awq";
  auto isOne = [&](std::initializer_list<StringRef> names) {
    return llvm::is_contained(names, method);
  };
  bool prunes = isOne({"wanda", "magnitude", "sparsegpt"});
  if (prunes && sparsity.empty())
    return "prunes, and the encoding keeps every value";
  if (method == "gptq" && !sparsity.empty())
    return "for a sparse encoding use 'sparsegpt'";
  bool learns = base.starts_with("kmeans");
  if (method == "kmeans" && !learns)
    return "learns the levels of a codec such as 'kmeans<16>'";
  bool findsScales = isOne({"percentile", "mse", "hqq", "awq"});
  if (learns && (findsScales || method == "rtn"))
    return "does not learn the levels of codec 'kmeans<16>'; use 'kmeans'";
  // The mean of all values says nothing of those that are kept.
  bool usesRange = !isOne({"mse", "hqq", "gptq"});
  if (base.starts_with("binary") && sparsity.ends_with("%") && usesRange)
    return "range 'mean' is not for bitmaps";
  if (findsScales && (base == "f16" || base == "bf16"))
    return "finds scales, and the encoding stores none";
  return "";
}

std::string join(StringRef scaling, StringRef method, StringRef base,
                 StringRef sparsity) {
  std::string text;
  for (StringRef piece : {scaling, method, base, sparsity})
    if (!piece.empty())
      text += (text.empty() ? "" : "-") + piece.str();
  return text;
}

class ShorthandsTest : public testing::Test {
protected:
  ShorthandsTest() {
    context.loadDialect<LowbitDialect, arith::ArithDialect, func::FuncDialect,
                        linalg::LinalgDialect, tensor::TensorDialect>();
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors.push_back(diagnostic.str());
      return success();
    });
    module = parseSourceString<ModuleOp>(R"(
      func.func @main(%x: tensor<4x64xf32>, %o: tensor<4x16xf32>)
          -> tensor<4x16xf32> {
        %w = arith.constant dense<1.0> : tensor<64x16xf32>
        %y = linalg.matmul ins(%x, %w : tensor<4x64xf32>, tensor<64x16xf32>)
                           outs(%o : tensor<4x16xf32>) -> tensor<4x16xf32>
        return %y : tensor<4x16xf32>
      })",
                                         &context);
  }

  /// The errors of the recipe `text`, in lines.
  std::string assign(StringRef text) {
    errors.clear();
    PassManager pm(&context);
    AssignEncodingsPassOptions options;
    options.recipe = text.str();
    pm.addPass(createAssignEncodingsPass(options));
    bool isDone = succeeded(pm.run(*module));
    EXPECT_EQ(isDone, errors.empty());
    return llvm::join(errors, "\n");
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<std::string> errors;
};

TEST_F(ShorthandsTest, WholeGrammar) {
  for (StringRef base : kBases)
    for (StringRef method : kMethods)
      for (StringRef scaling : kScalings)
        for (StringRef sparsity : kSparsities) {
          std::string text = join(scaling, method, base, sparsity);
          StringRef expected = getExpected(scaling, method, base, sparsity);
          std::string found = assign(text);
          if (expected.empty())
            EXPECT_EQ(found, "") << text;
          else
            EXPECT_TRUE(StringRef(found).contains(expected))
                << text << ": " << found;
          EXPECT_LE(errors.size(), 1u) << text;
        }
}

TEST_F(ShorthandsTest, AllMethodsAreInTheGrammar) {
  for (StringRef name : numerics::methodNames())
    EXPECT_TRUE(llvm::is_contained(kMethods, name)) << name.str();
}

TEST_F(ShorthandsTest, Bf16Activations) {
  std::optional<Treatment> treatment =
      parseWeightShorthand("gptq-int4-g8-bf16", &context);
  ASSERT_TRUE(treatment && treatment->activation);
  EXPECT_EQ(treatment->weight->codec, "affine<u4>");
  EXPECT_EQ(treatment->activation->codec, "float<bf16>");
  // That of weights.
  treatment = parseWeightShorthand("bf16", &context);
  ASSERT_TRUE(treatment);
  EXPECT_FALSE(treatment->activation);
  EXPECT_TRUE(StringRef(assign("int8-dynamic-bf16"))
                  .contains("activations are encoded once, by 'int8-dynamic' "
                            "or by 'bf16'"));
  EXPECT_TRUE(StringRef(assign("float-bf16"))
                  .contains("nothing for 'bf16' to work on"));
}

TEST_F(ShorthandsTest, Suggestions) {
  std::pair<const char *, const char *> nearest[] = {
      {"int4", "int4-g128"},
      {"int4-sym", "int4-g128-sym"},
      {"int4-64", "int4-g64"},
      {"int4g64", "int4-g64"},
      {"INT8", "int8"},
      {"nf4", "nf4-g64"},
      {"nf4-dq", "nf4-g64-dq"},
      {"fp4", "fp4-g64"},
      {"fp16", "f16"},
      {"binary", "binary-g64"},
      {"int8-dynamc", "int8-dynamic"},
      {"llm-int4", "llm-int8"},
      {"q4_k", "q4_0"},
      {"int9", "int8"},
      {"awq", "awq-int4-g128"},
      {"gptq", "gptq-int4-g128"},
      {"sparsegpt", "sparsegpt-int8-2:4"},
      {"smoothquant0.8", "smoothquant0.8-int8-dynamic"},
      {"gtpq-int4-g32", "gptq-int4-g32"},
      {"awq-gptq-int4", "awq-gptq-int4-g128"},
      {"wanda-int4-2:4", "wanda-int4-g128-2:4"},
      {"auto4.5", "auto-4.5"},
      {"auto 12.5MiB", "auto-12.5MiB"},
  };
  for (auto [text, expected] : nearest) {
    std::string message = assign(text);
    EXPECT_TRUE(StringRef(message).ends_with("; did you mean '" +
                                             std::string(expected) + "'?"))
        << message;
    EXPECT_LT(message.size(), 200u) << message;
  }
  for (StringRef text : {"", "w8a8", "something-else"}) {
    std::string message = assign(text);
    EXPECT_TRUE(StringRef(message).contains("auto-4.5")) << message;
    EXPECT_FALSE(StringRef(message).contains("did you mean")) << message;
  }
}

TEST_F(ShorthandsTest, RepeatedPieces) {
  std::pair<const char *, const char *> problems[] = {
      {"mse-mse-int8", "one method finds the codes, not 'mse' and 'mse'"},
      {"awq-gptq-hqq-int4-g32",
       "one method finds the codes, not 'gptq' and 'hqq'"},
      {"awq-smoothquant-int8",
       "inputs are scaled in one way, not 'awq' and 'smoothquant'"},
      {"hqq-awq-int4-g32", "'awq' scales inputs and stands in front of 'hqq'"},
      {"int8-2:4-50%", "weights have one sparsity, not '2:4' and '50%'"},
      {"float-2:4-1:4", "weights have one sparsity, not '2:4' and '1:4'"},
  };
  for (auto [text, expected] : problems) {
    std::string message = assign(text);
    EXPECT_EQ(message,
              "recipe '" + std::string(text) + "': " + std::string(expected));
  }
}

TEST_F(ShorthandsTest, ProblemsOfNumbers) {
  std::pair<const char *, const char *> problems[] = {
      {"int4-g0", "groups have at least one element"},
      {"int4-g99999999999999999999", "does not fit 64 bits"},
      {"int9-g32", "codes of 'int' have 2 to 8 bits, not 9"},
      {"gptq-int1-g32", "codes of 'int' have 2 to 8 bits, not 1"},
      {"kmeans9", "codes of 'kmeans' have 1 to 8 bits, not 9"},
      {"int8-0%", "more than 0% and less than 100%, not '0%'"},
      {"int8-2:257", "m up to 256, not '2:257'"},
      {"smoothquant1.5-int8", "expected 'alpha' from 0 to 1, got '1.5'"},
  };
  for (auto [text, expected] : problems) {
    std::string message = assign(text);
    EXPECT_TRUE(
        StringRef(message).starts_with("recipe '" + std::string(text) + "': "))
        << message;
    EXPECT_TRUE(StringRef(message).contains(expected)) << message;
  }
}

} // namespace
