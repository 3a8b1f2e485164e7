//===- PaperAlgorithm.h - GPTQ and SparseGPT word by word -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The algorithms as the papers state them: in f64, with the inverse of H, one
// channel after the other, and every weight moved after each.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_PAPERALGORITHM_H
#define LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_PAPERALGORITHM_H

#include "lowbit/Numerics/Statistics.h"

#include <cmath>
#include <span>

namespace lowbit::numerics {

/// A [K, N] weight on its way to rounded values.
struct PaperAlgorithm {
  int64_t inputs, outputs;
  /// Those of channels yet to be rounded are up to date.
  std::vector<double> weights;
  /// U of H^-1 = U^T U, upper triangular.
  std::vector<double> upper;

  /// H is `gram` with `damping` of the mean of its diagonal.
  PaperAlgorithm(std::span<const float> values, int64_t outputs,
                 const GramMatrix &gram, double damping)
      : inputs(gram.channels), outputs(outputs),
        weights(values.begin(), values.end()) {
    double trace = 0;
    for (int64_t i = 0; i < inputs; ++i)
      trace += gram.diagonal(i);
    std::vector<double> h = gram.values;
    for (int64_t i = 0; i < inputs; ++i)
      h[i * (inputs + 1)] += damping * trace / inputs;
    upper = factorOfInverse(std::move(h), inputs);
  }

  double &weight(int64_t k, int64_t j) { return weights[k * outputs + j]; }
  double pivot(int64_t k) const { return upper[k * (inputs + 1)]; }

  /// `round(k, j)` is what weight (k, j) becomes; `begin(k)` comes before the
  /// outputs of a channel.
  template <typename Begin, typename Round>
  void run(Begin &&begin, Round &&round) {
    for (int64_t k = 0; k < inputs; ++k) {
      begin(k);
      for (int64_t j = 0; j < outputs; ++j) {
        double rounded = round(k, j);
        double error = (weight(k, j) - rounded) / pivot(k);
        weight(k, j) = rounded;
        for (int64_t l = k + 1; l < inputs; ++l)
          weight(l, j) -= error * upper[k * inputs + l];
      }
    }
  }

private:
  /// The inverse by Gauss and Jordan; its factor row by row, each time without
  /// the row and column before (GPTQ, equation 3).
  static std::vector<double> factorOfInverse(std::vector<double> h, int64_t n) {
    std::vector<double> inverse(n * n);
    for (int64_t i = 0; i < n; ++i)
      inverse[i * (n + 1)] = 1;
    for (int64_t p = 0; p < n; ++p) {
      double pivot = h[p * n + p];
      for (int64_t j = 0; j < n; ++j)
        h[p * n + j] /= pivot, inverse[p * n + j] /= pivot;
      for (int64_t i = 0; i < n; ++i) {
        double factor = i == p ? 0 : h[i * n + p];
        for (int64_t j = 0; j < n; ++j) {
          h[i * n + j] -= factor * h[p * n + j];
          inverse[i * n + j] -= factor * inverse[p * n + j];
        }
      }
    }
    for (int64_t k = 0; k < n; ++k) {
      double root = std::sqrt(inverse[k * n + k]);
      for (int64_t j = 0; j < n; ++j)
        inverse[k * n + j] = j < k ? 0 : inverse[k * n + j] / root;
      for (int64_t i = k + 1; i < n; ++i)
        for (int64_t j = k + 1; j < n; ++j)
          inverse[i * n + j] -= inverse[k * n + i] * inverse[k * n + j];
    }
    return inverse;
  }
};

} // namespace lowbit::numerics

#endif // LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_PAPERALGORITHM_H
