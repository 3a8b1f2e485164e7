//===- ContractionCase.h - Random contractions on weights -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_EXECUTION_CONTRACTIONCASE_H
#define LOWBIT_UNITTESTS_EXECUTION_CONTRACTIONCASE_H

#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Weights/HostTensor.h"

#include <random>
#include <string>
#include <vector>

namespace lowbit::test {

enum class Activation { Floats, CodesPerRow, CodesPerTensor, Bf16 };
enum class Init { Zero, NegativeZero, Given };
/// What the operands hold: anything, the ends of the range of codes, rows and
/// groups of zeros, or a NaN and an infinity in an activation or scale. Never
/// drawn: the highest code only, for the largest sums, and activations around
/// the least number that is not denormal.
enum class Content { Random, Extremes, Zeros, NotFinite, Highest, Tiny };

/// One matrix product on a stored weight; `group` is 0 for a scale per tensor
/// and -1 for one per output channel.
struct ContractionCase {
  std::string codec;
  bool hasZeroPoint;
  numerics::ScaleType scaleType;
  int64_t group;
  Activation activation;
  bool isTransposed;
  int64_t rows, reduction, columns;
  bool isDynamic;
  Init init;
  Content content;

  bool isInteger() const {
    return activation == Activation::CodesPerRow ||
           activation == Activation::CodesPerTensor;
  }
  /// Groups along the reduction as (C54) counts them.
  int64_t numGroups() const;
  std::vector<int64_t> weightShape() const;
  numerics::Format format() const;
  std::string encodingText() const;
  /// All of the above in a line.
  std::string describe() const;
};

/// Draws cases such that each value of each parameter comes up as often as the
/// others, in an order that `seed` decides.
std::vector<ContractionCase> drawCases(size_t count, unsigned seed);

/// The stored weight of a case and, at [k * N + n], the numbers that it
/// denotes, its codes less their zero points, and its scales.
struct Weight {
  numerics::Parts parts;
  std::vector<double> values;
  std::vector<int> codes;
  std::vector<float> scales;
};
Weight makeWeight(const ContractionCase &x, std::mt19937 &random);

/// What a program takes for one case with `rows` rows, and of docs/spec.md the
/// exact results and S of section 4.3, computed in f64, for bf16 activations
/// what (C215) adds to the bound, and for an integer contraction the results of
/// section 4.2.
struct Operands {
  std::vector<weights::HostTensor> inputs;
  std::vector<double> exact, magnitude, flushed;
  std::vector<float> integers;
};
Operands makeOperands(const ContractionCase &x, const Weight &weight,
                      int64_t rows, std::mt19937 &random);

/// A module with one function that computes all cases, each from its own
/// arguments into its own result; weight i is the stored tensor "w<i>".
std::string makeModule(const std::vector<ContractionCase> &cases);

/// Writes the weights of `makeModule(cases)`; false with a message in `error`.
bool writeWeights(const std::string &path,
                  const std::vector<ContractionCase> &cases,
                  const std::vector<Weight> &weights, std::string &error);

} // namespace lowbit::test

#endif // LOWBIT_UNITTESTS_EXECUTION_CONTRACTIONCASE_H
