//===- Sensitivity.h - What each encoding of a weight costs -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file that quant-run --sensitivity writes and `auto` of a recipe reads;
// docs/automatic-choice.md describes it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SENSITIVITY_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SENSITIVITY_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lowbit {

struct Sensitivity {
  /// What errors are of.
  enum class Measure {
    /// The model's outputs on samples, when this weight alone is encoded.
    Outputs,
    /// The weight itself, for want of samples.
    Weights,
  };

  struct Output {
    std::string name;
    /// Sum of squares over all samples.
    double energy;
  };

  /// A weight in one encoding.
  struct Option {
    std::string candidate;
    /// Of all stored parts.
    int64_t bytes;
    /// The share of noise in the energy: sum of squared errors / sum of
    /// squares; of several outputs the mean.
    double error;
  };

  /// A weight that its layers read along one axis, so in one encoding.
  struct Weight {
    std::vector<std::string> layers;
    std::vector<int64_t> shape;
    int64_t axis;
    /// In the order of the candidates, without those that it cannot have.
    std::vector<Option> options;
  };

  Measure measure = Measure::Outputs;
  /// Runs of the model; 0 without samples.
  int64_t runs = 0;
  /// The fingerprint of the weights; empty where none are in a file.
  std::string model;
  std::vector<Output> outputs;
  std::vector<std::string> candidates;
  std::vector<Weight> weights;

  /// Errors name the file and the place in it.
  static llvm::Expected<Sensitivity> read(const std::string &path);
  /// Writes the file beside the old one, then in its place.
  llvm::Error write(const std::string &path) const;
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SENSITIVITY_H
