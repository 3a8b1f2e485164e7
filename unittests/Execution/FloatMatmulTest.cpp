//===- FloatMatmulTest.cpp - Products of f32 matrices against f64 ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "lowbit/Kernels/X86/Target.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace lowbit;
using namespace lowbit::test;
using weights::DType;
using weights::HostTensor;

namespace {

/// c[b, m, n] += sum over k of a[b, m, k] * w[b, k, n]; without the batch if
/// `isBatched` is false.
struct Product {
  bool isBatched, isTransposed, overwrites;
};

const Product products[] = {{false, false, false}, {false, false, true},
                            {false, true, false},  {false, true, true},
                            {true, false, false},  {true, false, true},
                            {true, true, false},   {true, true, true}};

struct Sizes {
  int64_t batch, rows, reduction, columns;
};

/// One function with all of `products`, on shared operands of any sizes.
std::string makeModule() {
  std::string body, results, names;
  for (auto [i, x] : llvm::enumerate(products)) {
    const char *type = x.isBatched ? "tensor<?x?x?xf32>" : "tensor<?x?xf32>";
    const char *suffix = x.isBatched ? "b" : "";
    std::string init = llvm::formatv("%c{0}", suffix);
    if (x.overwrites) {
      init = llvm::formatv("%f{0}", i);
      body += llvm::formatv(
          "  %e{0} = tensor.empty({1}) : {2}\n  %f{0} = linalg.fill ins(%zero "
          ": f32) outs(%e{0} : {2}) -> {2}\n",
          i, x.isBatched ? "%bs, %m, %n" : "%m, %n", type);
    }
    std::string maps;
    if (x.isTransposed)
      maps = x.isBatched ? "indexing_maps = [#lhsb, #rhsb, #outb] "
                         : "indexing_maps = [#lhs, #rhs, #out] ";
    body += llvm::formatv(
        "  %y{0} = linalg.{1} {2}ins(%a{3}, %{4}{3} : {5}, {5}) outs({6} : "
        "{5}) -> {5}\n",
        i, x.isBatched ? "batch_matmul" : "matmul", maps, suffix,
        x.isTransposed ? "t" : "w", type, init);
    results += std::string(i ? ", " : "") + type;
    names += llvm::formatv("{0}%y{1}", i ? ", " : "", i);
  }
  return llvm::formatv(R"(
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#lhsb = affine_map<(b, m, n, k) -> (b, m, k)>
#rhsb = affine_map<(b, m, n, k) -> (b, n, k)>
#outb = affine_map<(b, m, n, k) -> (b, m, n)>
func.func @main(%a: tensor<?x?xf32>, %w: tensor<?x?xf32>, %t: tensor<?x?xf32>, %c: tensor<?x?xf32>,
    %ab: tensor<?x?x?xf32>, %wb: tensor<?x?x?xf32>, %tb: tensor<?x?x?xf32>, %cb: tensor<?x?x?xf32>) -> ({0}) {{
  %zero = arith.constant 0.0 : f32
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = arith.constant 2 : index
  %bs = tensor.dim %cb, %0 : tensor<?x?x?xf32>
  %m = tensor.dim %cb, %1 : tensor<?x?x?xf32>
  %n = tensor.dim %cb, %2 : tensor<?x?x?xf32>
{1}  return {2} : {0}
}
)",
                       results, body, names);
}

/// The first element of `result` that is not within (C53) of the exact one.
std::string check(const Product &x, const Sizes &s, const HostTensor &a,
                  const HostTensor &w, const HostTensor &c,
                  const HostTensor &result) {
  if (result.shape != c.shape)
    return "shape " + weights::shapeText(result.shape);
  for (int64_t b = 0; b < (x.isBatched ? s.batch : 1); ++b)
    for (int64_t m = 0; m < s.rows; ++m)
      for (int64_t n = 0; n < s.columns; ++n) {
        int64_t at = (b * s.rows + m) * s.columns + n;
        double sum = x.overwrites ? 0 : c.as<float>()[at];
        double magnitude = std::fabs(sum);
        for (int64_t k = 0; k < s.reduction; ++k) {
          int64_t inB =
              x.isTransposed ? n * s.reduction + k : k * s.columns + n;
          double term =
              double(a.as<float>()[(b * s.rows + m) * s.reduction + k]) *
              w.as<float>()[b * s.reduction * s.columns + inB];
          sum += term;
          magnitude += std::fabs(term);
        }
        std::string what =
            compareWithin(result.as<float>()[at], sum,
                          gammaFactor(s.reduction + 3) * magnitude);
        if (!what.empty())
          return llvm::formatv("({0}, {1}, {2}) is {3}", b, m, n, what).str();
      }
  return "";
}

struct FloatMatmul : testing::TestWithParam<x86::Isa> {};

} // namespace

// (C53) Sizes around register blocks and panels, nothing and one included.
TEST_P(FloatMatmul, AnySizes) {
  std::string isa = x86::Target{GetParam()}.name().str();
  if (!llvm::is_contained(getInstructionSets(), isa))
    GTEST_SKIP() << "this processor has no " << isa;
  CompileOptions options;
  options.isa = isa;
  std::unique_ptr<Program> program = compile(makeModule(), options);
  ASSERT_TRUE(program);
  std::mt19937 random(7);
  std::vector<Sizes> sizes = {{1, 1, 1, 1},   {2, 0, 3, 4},   {2, 3, 0, 4},
                              {2, 3, 4, 0},   {0, 3, 4, 5},   {3, 2, 5, 7},
                              {1, 4, 16, 16}, {2, 5, 17, 33}, {1, 8, 33, 32},
                              {2, 9, 64, 31}, {1, 13, 7, 65}, {3, 17, 129, 20}};
  for (int i = 0; i < 20; ++i)
    sizes.push_back({int64_t(random() % 4), int64_t(random() % 40),
                     int64_t(random() % 100), int64_t(random() % 100)});
  for (const Sizes &s : sizes) {
    std::vector<HostTensor> in;
    for (bool isBatched : {false, true}) {
      auto add = [&](int64_t rows, int64_t columns) {
        std::vector<int64_t> shape = {rows, columns};
        if (isBatched)
          shape.insert(shape.begin(), s.batch);
        in.push_back(makeTensor(shape, random));
      };
      add(s.rows, s.reduction);
      add(s.reduction, s.columns);
      add(s.columns, s.reduction);
      add(s.rows, s.columns);
    }
    // A NaN and an infinity reach the results that they are part of, no others.
    if (s.rows > 1 && s.reduction > 1) {
      in[0].as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
      in[0].as<float>().back() = std::numeric_limits<float>::infinity();
    }
    std::vector<HostTensor> results = run(*program, in);
    ASSERT_EQ(results.size(), std::size(products));
    for (auto [i, x] : llvm::enumerate(products)) {
      size_t first = x.isBatched ? 4 : 0;
      EXPECT_EQ(check(x, s, in[first], in[first + (x.isTransposed ? 2 : 1)],
                      in[first + 3], results[i]),
                "")
          << "product " << i << " of " << s.batch << "x" << s.rows << "x"
          << s.reduction << "x" << s.columns;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, FloatMatmul,
                         testing::ValuesIn(x86::allIsas), [](const auto &info) {
                           return x86::Target{info.param}.name().str();
                         });
