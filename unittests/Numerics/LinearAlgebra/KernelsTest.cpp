//===- KernelsTest.cpp - Matrix kernels of every processor level ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearAlgebra/Kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

using namespace lowbit::numerics;

namespace {

template <typename T>
std::vector<T> gaussian(size_t n) {
  std::mt19937 random(5);
  std::normal_distribution<T> normal;
  std::vector<T> values(n);
  for (T &x : values)
    x = normal(random);
  return values;
}

TEST(Kernels, ProductsOfPartsOfMatrices) {
  // A stride wider than the rows, and sizes on both sides of a vector's.
  for (auto [m, n, k] : std::initializer_list<std::array<int64_t, 3>>{
           {1, 1, 1}, {3, 5, 7}, {33, 70, 129}, {0, 4, 4}, {4, 4, 0}}) {
    int64_t strideA = m + 3, strideB = n + 1, strideC = n + 2;
    auto a = gaussian<float>(k * strideA + 1);
    auto b = gaussian<float>(k * strideB + 1);
    for (const MatrixKernels *kernels : supportedMatrixKernels()) {
      std::vector<float> c(m * strideC + 1, 0.5f);
      kernels->addProduct(m, n, k, {a.data(), strideA}, {b.data(), strideB},
                          {c.data(), strideC});
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double exact = 0.5;
          for (int64_t l = 0; l < k; ++l)
            exact += double(a[l * strideA + i]) * b[l * strideB + j];
          ASSERT_NEAR(c[i * strideC + j], exact, 1e-4);
        }
        EXPECT_EQ(c[i * strideC + n], 0.5f);
      }
    }
  }
}

TEST(Kernels, FactorTimesItselfIsTheMatrix) {
  for (int64_t n : {1, 2, 31, 200}) {
    auto x = gaussian<double>(2 * n * n);
    std::vector<double> matrix(n * n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = i; j < n; ++j)
        for (int64_t r = 0; r < 2 * n; ++r)
          matrix[i * n + j] += x[r * n + i] * x[r * n + j];
    for (const MatrixKernels *kernels : supportedMatrixKernels()) {
      std::vector<double> factor(matrix);
      ASSERT_TRUE(kernels->factorize(n, factor.data()));
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = i; j < n; ++j) {
          double sum = 0;
          for (int64_t r = 0; r <= i; ++r)
            sum += factor[r * n + i] * factor[r * n + j];
          ASSERT_NEAR(sum, matrix[i * n + j], 1e-10 * n);
        }
      }
    }
  }
}

TEST(Kernels, NotPositiveDefinite) {
  for (const MatrixKernels *kernels : supportedMatrixKernels()) {
    std::vector<double> zero{0}, negative{1, 2, 2, 1};
    EXPECT_FALSE(kernels->factorize(1, zero.data()));
    EXPECT_FALSE(kernels->factorize(2, negative.data()));
    EXPECT_TRUE(kernels->factorize(0, nullptr));
  }
}

} // namespace
