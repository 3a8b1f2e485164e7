//===- EpilogueTest.cpp - What kernels compute of their sums --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each product once with what follows it in its kernel, and once where the
// product is a result too, which keeps the two apart: the same bytes.
//
//===----------------------------------------------------------------------===//

#include "ContractionCase.h"
#include "Programs.h"
#include "lowbit/Kernels/X86/Target.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

#include <deque>

using namespace lowbit;
using namespace lowbit::test;
using weights::HostTensor;

namespace {

struct Epilogues : testing::TestWithParam<x86::Isa> {
  void SetUp() override {
    std::string isa = x86::Target{GetParam()}.name().str();
    if (!chooseInstructionSet(options, isa))
      GTEST_SKIP() << "this processor has no " << isa;
  }

  /// Compiles `module`; `count` counts its calls of kernels that do more than
  /// the product.
  std::unique_ptr<Program> compileCounting(const std::string &module,
                                           size_t &count) {
    Profile &profile = profiles.emplace_back();
    options.profile = &profile;
    std::unique_ptr<Program> program = compile(module, options);
    count = llvm::count_if(profile.ops, [](const TimedOp &op) {
      llvm::StringRef name = op.kernel;
      return name.contains("_then_") || name.contains("_stored_");
    });
    return program;
  }

  /// Compiles both, of which one has so many products in kernels that do more.
  void compileBoth(const std::string &fusedModule,
                   const std::string &apartModule, size_t products) {
    size_t inKernels, apart;
    fused = compileCounting(fusedModule, inKernels);
    plain = compileCounting(apartModule, apart);
    ASSERT_TRUE(fused && plain);
    EXPECT_EQ(inKernels, products);
    EXPECT_EQ(apart, 0u);
  }

  /// Expects the same results, behind which `plain` has the products.
  void expectSame(const std::vector<HostTensor> &inputs,
                  const std::string &what) {
    std::vector<HostTensor> actual = run(*fused, inputs);
    std::vector<HostTensor> expected = run(*plain, inputs);
    ASSERT_FALSE(actual.empty()) << what;
    ASSERT_EQ(expected.size(), 2 * actual.size()) << what;
    for (size_t i = 0; i < actual.size(); ++i)
      EXPECT_TRUE(actual[i] == expected[i]) << "result " << i << " of " << what;
  }

  /// Of the programs, which write to them.
  std::deque<Profile> profiles;
  std::unique_ptr<Program> fused, plain;
  CompileOptions options;
};

/// All that stands between sums and their store: scales of rows, what c holds,
/// spans of the reduction, and rows and columns that fill no block.
std::vector<ContractionCase> getCases() {
  Activation floats, bf16{"bf16"}, i8{"i8"}, i8Tensor{"i8", false, false},
      u8{"u8", true};
  Init zero = Init::Zero, given = Init::Given;
  Content any = Content::Random, ends = Content::Extremes;
  return {
      {"affine<i8>", false, {}, -1, i8, false, 21, 100, 70, false, zero, ends},
      {"affine<i4>", false, {}, 32, i8, true, 13, 130, 43, true, given, any},
      {"affine<u4>", true, {}, 32, u8, false, 9, 64, 34, true, zero, any},
      {"affine<i8>", false, {}, 0, i8Tensor, true, 3, 50, 7, true, zero, any},
      {"codebook<nf4>",
       false,
       {},
       -1,
       floats,
       false,
       13,
       2501,
       70,
       true,
       zero,
       any},
      {"affine<u8>",
       true,
       {},
       100,
       bf16,
       true,
       13,
       2501,
       70,
       false,
       given,
       any},
      {"float<f8E4M3FN>",
       false,
       {},
       64,
       bf16,
       false,
       4,
       128,
       33,
       true,
       zero,
       any},
  };
}

} // namespace

// (C236)
TEST_P(Epilogues, GiveTheSameBytes_C236) {
  std::vector<ContractionCase> cases = getCases();
  std::mt19937 random(236);
  StoredWeights stored(cases, random);
  ASSERT_FALSE(stored.path.empty());
  options.weights = stored.path;
  compileBoth(makeModule(cases, Followed::Fused),
              makeModule(cases, Followed::Apart), cases.size());
  if (HasFatalFailure())
    return;

  for (int64_t rows : {0, 1, 2, 5, 17, 131}) {
    std::vector<HostTensor> inputs;
    for (size_t i = 0; i < cases.size(); ++i) {
      ContractionCase &x = cases[i];
      if (x.isDynamic)
        x.rows = rows;
      Operands operands = makeOperands(x, stored.weights[i], x.rows, random);
      llvm::append_range(inputs, operands.inputs);
      inputs.push_back(makeTensor({x.columns}, random));
      inputs.push_back(makeTensor({x.rows, x.columns}, random));
    }
    expectSame(inputs, std::to_string(rows) + " rows");
  }
}

/// A matrix product and a batch of them, followed by factors of rows and what
/// is added to all entries of the batch.
static std::string makePlainModule(bool areResults) {
  return llvm::formatv(R"(
#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>
#idb = affine_map<(b, m, n) -> (b, m, n)>
#mask = affine_map<(b, m, n) -> (m, n)>
#lhsb = affine_map<(b, m, n, k) -> (b, m, k)>
#rhsb = affine_map<(b, m, n, k) -> (b, n, k)>
#outb = affine_map<(b, m, n, k) -> (b, m, n)>
!m = tensor<?x?xf32>
!b = tensor<?x?x?xf32>
func.func @main(%a: !m, %w: !m, %c: !m, %s: tensor<?xf32>, %ab: !b, %wb: !b, %cb: !b) -> (!m, !b{0}) {{
  %zero = arith.constant 0.0 : f32
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %m = tensor.dim %c, %0 : !m
  %n = tensor.dim %c, %1 : !m
  %e = tensor.empty(%m, %n) : !m
  %f = linalg.fill ins(%zero : f32) outs(%e : !m) -> !m
  %y = linalg.matmul ins(%a, %w : !m, !m) outs(%f : !m) -> !m
  %yb = linalg.batch_matmul indexing_maps = [#lhsb, #rhsb, #outb] ins(%ab, %wb : !b, !b) outs(%cb : !b) -> !b
  %z = linalg.generic {{indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%y, %s : !m, tensor<?xf32>) outs(%e : !m) {{
  ^bb0(%sum: f32, %factor: f32, %old: f32):
    %p = arith.mulf %sum, %factor : f32
    %q = arith.maximumf %p, %zero : f32
    linalg.yield %q : f32
  } -> !m
  %bs = tensor.dim %cb, %0 : !b
  %eb = tensor.empty(%bs, %m, %n) : !b
  %zb = linalg.generic {{indexing_maps = [#idb, #mask, #idb], iterator_types = ["parallel", "parallel", "parallel"]} ins(%yb, %c : !b, !m) outs(%eb : !b) {{
  ^bb0(%sum: f32, %mask: f32, %old: f32):
    %p = arith.addf %sum, %mask : f32
    linalg.yield %p : f32
  } -> !b
  return %z, %zb{1} : !m, !b{0}
}
)",
                       areResults ? ", !m, !b" : "",
                       areResults ? ", %y, %yb" : "");
}

// (C236) Weights that are not encoded: rows by rows, in blocks, transposed.
TEST_P(Epilogues, GiveTheSameBytesOfPlainProducts_C236) {
  compileBoth(makePlainModule(false), makePlainModule(true), 2u);
  if (HasFatalFailure())
    return;
  std::mt19937 random(236);
  struct Sizes {
    int64_t rows, reduction, columns;
  };
  for (auto [rows, reduction, columns] :
       std::initializer_list<Sizes>{{0, 3, 4},
                                    {3, 0, 5},
                                    {1, 1, 1},
                                    {1, 40, 1100},
                                    {3, 1100, 33},
                                    {4, 17, 70},
                                    {29, 1100, 130},
                                    {8, 64, 32}}) {
    std::vector<HostTensor> inputs = {
        makeTensor({rows, reduction}, random),
        makeTensor({reduction, columns}, random),
        makeTensor({rows, columns}, random),
        makeTensor({rows}, random),
        makeTensor({3, rows, reduction}, random),
        makeTensor({3, columns, reduction}, random),
        makeTensor({3, rows, columns}, random)};
    expectSame(inputs, llvm::formatv("{0}x{1}x{2}", rows, reduction, columns));
  }
}

/// Heads of two texts: columns are split and come before rows, and back again,
/// with a bias and without.
static std::string makeHeadsModule(bool areResults) {
  return llvm::formatv(R"(
#bshd = affine_map<(b, s, h, d) -> (b, s, h, d)>
#bhsd = affine_map<(b, s, h, d) -> (b, h, s, d)>
#hd = affine_map<(b, s, h, d) -> (h, d)>
func.func @main(%a: tensor<?x40xf32>, %w: tensor<40x96xf32>, %bias: tensor<3x32xf32>, %ab: tensor<6x?x24xf32>, %wb: tensor<6x24x32xf32>) -> (tensor<2x3x?x32xf32>, tensor<2x?x3x32xf32>{0}) {{
  %zero = arith.constant 0.0 : f32
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = arith.constant 2 : index
  %m = tensor.dim %a, %0 : tensor<?x40xf32>
  %s = arith.divui %m, %2 : index
  %e = tensor.empty(%m) : tensor<?x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x96xf32>) -> tensor<?x96xf32>
  %y = linalg.matmul ins(%a, %w : tensor<?x40xf32>, tensor<40x96xf32>) outs(%f : tensor<?x96xf32>) -> tensor<?x96xf32>
  %v = tensor.expand_shape %y [[0, 1], [2, 3]] output_shape [2, %s, 3, 32] : tensor<?x96xf32> into tensor<2x?x3x32xf32>
  %o = tensor.empty(%s) : tensor<2x3x?x32xf32>
  %z = linalg.generic {{indexing_maps = [#bshd, #hd, #bhsd], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v, %bias : tensor<2x?x3x32xf32>, tensor<3x32xf32>) outs(%o : tensor<2x3x?x32xf32>) {{
  ^bb0(%sum: f32, %b: f32, %old: f32):
    %p = arith.addf %sum, %b : f32
    linalg.yield %p : f32
  } -> tensor<2x3x?x32xf32>
  %t = tensor.dim %ab, %1 : tensor<6x?x24xf32>
  %eb = tensor.empty(%t) : tensor<6x?x32xf32>
  %fb = linalg.fill ins(%zero : f32) outs(%eb : tensor<6x?x32xf32>) -> tensor<6x?x32xf32>
  %yb = linalg.batch_matmul ins(%ab, %wb : tensor<6x?x24xf32>, tensor<6x24x32xf32>) outs(%fb : tensor<6x?x32xf32>) -> tensor<6x?x32xf32>
  %vb = tensor.expand_shape %yb [[0, 1], [2], [3]] output_shape [2, 3, %t, 32] : tensor<6x?x32xf32> into tensor<2x3x?x32xf32>
  %ob = tensor.empty(%t) : tensor<2x?x3x32xf32>
  %zb = linalg.transpose ins(%vb : tensor<2x3x?x32xf32>) outs(%ob : tensor<2x?x3x32xf32>) permutation = [0, 2, 1, 3]
  return %z, %zb{1} : tensor<2x3x?x32xf32>, tensor<2x?x3x32xf32>{0}
}
)",
                       areResults ? ", tensor<?x96xf32>, tensor<6x?x32xf32>"
                                  : "",
                       areResults ? ", %y, %yb" : "");
}

// (C236)
TEST_P(Epilogues, StoreHeads_C236) {
  compileBoth(makeHeadsModule(false), makeHeadsModule(true), 2u);
  if (HasFatalFailure())
    return;
  std::mt19937 random(236);
  for (int64_t rows : {0, 1, 2, 5, 17}) {
    std::vector<HostTensor> inputs = {
        makeTensor({2 * rows, 40}, random), makeTensor({40, 96}, random),
        makeTensor({3, 32}, random), makeTensor({6, rows + 3, 24}, random),
        makeTensor({6, 24, 32}, random)};
    expectSame(inputs, std::to_string(rows) + " rows");
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, Epilogues,
                         testing::ValuesIn(x86::allIsas), [](const auto &info) {
                           return x86::Target{info.param}.name().str();
                         });
