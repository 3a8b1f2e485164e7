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
#include "llvm/Support/FileUtilities.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lowbit::test {

/// How an activation is stored: as floats, in bf16, or as codes with a scale,
/// and maybe a zero point, for each row or for all.
struct Activation {
  std::string codec;
  bool hasZeroPoint = false, isPerRow = true;

  bool isBf16() const { return codec == "bf16"; }
  bool isInteger() const { return !codec.empty() && !isBf16(); }
  std::string encodingText() const;
};

/// What type scales have, and what they are multiplied by.
struct Scales {
  numerics::ScaleType type = numerics::ScaleType::F32;
  std::optional<numerics::NestedScales> nested = std::nullopt;
};

enum class Init { Zero, NegativeZero, Given };
/// What the operands hold: anything, the ends of the range of codes, rows and
/// groups of zeros, or a NaN and an infinity in an activation or scale. Never
/// drawn: the highest code only, for the largest sums, the smallest scale of
/// the type, and activations around the least number that is not denormal.
enum class Content {
  Random,
  Extremes,
  Zeros,
  NotFinite,
  Highest,
  SmallScales,
  Tiny
};

/// One matrix product on a stored weight; `group` is 0 for a scale per tensor
/// and -1 for one per output channel.
struct ContractionCase {
  /// As in the encoding: "affine<i4>".
  std::string codec;
  bool hasZeroPoint;
  Scales scales;
  int64_t group;
  Activation activation;
  bool isTransposed;
  int64_t rows, reduction, columns;
  bool isDynamic;
  Init init;
  Content content;

  bool isInteger() const { return activation.isInteger(); }
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
/// denotes, and the integers and scales that (C52) multiplies.
struct Weight {
  numerics::Parts parts;
  std::vector<double> values;
  std::vector<int> integers;
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

/// What becomes of products: they are the results; or each goes through an
/// elementwise op, with a bias and a residual behind its other arguments, and
/// these are the results (Fused), or first these and then the products (Apart).
enum class Followed { Not, Fused, Apart };

/// Whether what follows a product gives codes of 8 bits rather than floats.
bool givesCodes(const ContractionCase &x);

/// A module with one function that computes all cases, each from its own
/// arguments into its own result; weight i is the stored tensor "w<i>".
std::string makeModule(const std::vector<ContractionCase> &cases,
                       Followed followed = Followed::Not);

/// Weights for cases, in a file for `makeModule(cases)` that goes with them.
struct StoredWeights {
  /// A failure fails the test and leaves the path empty.
  StoredWeights(const std::vector<ContractionCase> &cases,
                std::mt19937 &random);

  std::vector<Weight> weights;
  std::string path;

private:
  llvm::FileRemover remover;
};

} // namespace lowbit::test

#endif // LOWBIT_UNITTESTS_EXECUTION_CONTRACTIONCASE_H
