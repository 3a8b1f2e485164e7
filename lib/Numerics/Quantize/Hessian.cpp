//===- Hessian.cpp - How a layer reacts to errors of its weights ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Hessian.h"

#include "../LinearAlgebra/Kernels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace lowbit::numerics;

static Error invalid(std::string message) {
  return {Error::Kind::InvalidStatistics, std::move(message)};
}

std::optional<Error> lowbit::numerics::verifyGram(const GramMatrix &gram) {
  int64_t channels = gram.channels;
  if (std::cmp_not_equal(gram.values.size(), channels * channels))
    return invalid("second moments of " + std::to_string(channels) +
                   " channels have " + std::to_string(gram.values.size()) +
                   " values");
  auto bad = std::find_if(gram.values.begin(), gram.values.end(),
                          [](double x) { return !std::isfinite(x); });
  if (bad == gram.values.end())
    return std::nullopt;
  return invalid("the second moments of channel " +
                 std::to_string((bad - gram.values.begin()) / channels) +
                 " are not finite");
}

/// What makes `gram` unfit for any factor, with its damping.
static std::optional<Error> verify(const GramMatrix &gram, double damping) {
  int64_t channels = gram.channels;
  if (!(damping >= 0) || std::isinf(damping))
    return Error{Error::Kind::InvalidFormat,
                 "damping must be finite and not negative, not " +
                     std::to_string(damping)};
  if (auto error = verifyGram(gram); error || channels == 0)
    return error;
  if (gram.rows <= 0)
    return invalid("there are no rows of activations to calibrate with");
  if (gram.rows < channels && damping == 0)
    return invalid("too few samples: " + std::to_string(gram.rows) +
                   " rows of activations cannot tell " +
                   std::to_string(channels) +
                   " channels apart; use more rows, or a damping above 0");
  return std::nullopt;
}

bool HessianFactor::inOrder() const {
  return std::is_sorted(order.begin(), order.end());
}

Result<HessianFactor>
lowbit::numerics::factorizeHessian(const GramMatrix &gram,
                                   const HessianOptions &options,
                                   ThreadCount threads) {
  if (auto error = verify(gram, options.damping))
    return std::move(*error);
  int64_t n = gram.channels;
  HessianFactor factor;
  factor.channels = n;
  factor.order.resize(n);
  std::iota(factor.order.begin(), factor.order.end(), 0);
  if (options.activationOrder)
    std::sort(factor.order.begin(), factor.order.end(),
              [&](int64_t a, int64_t b) {
                return std::pair(-gram.diagonal(a), a) <
                       std::pair(-gram.diagonal(b), b);
              });
  double trace = 0;
  for (int64_t i = 0; i < n; ++i)
    trace += gram.diagonal(i);
  double damping = n ? options.damping * trace / n : 0;

  // R^T R with the first step last is the product of triangles the other way
  // round that is wanted: row n - 1 - k of the matrix is step k.
  std::vector<double> matrix(n * n);
  for (int64_t i = 0; i < n; ++i) {
    int64_t channel = factor.order[n - 1 - i];
    const double *row = gram.values.data() + channel * n;
    for (int64_t j = i; j < n; ++j)
      matrix[i * n + j] = row[factor.order[n - 1 - j]];
    double &diagonal = matrix[i * n + i];
    factor.deadChannels += diagonal == 0;
    diagonal += damping;
    // A channel of its own.
    if (diagonal == 0)
      diagonal = 1;
  }
  if (!matrixKernels().factorize(n, matrix.data()))
    return invalid("the second moments of " + std::to_string(gram.rows) +
                   " rows and " + std::to_string(n) +
                   " channels are not positive definite with damping " +
                   std::to_string(options.damping) +
                   "; use more rows or more damping");

  factor.pivots.resize(n);
  factor.feedback.resize(n * n);
  for (int64_t k = 0; k < n; ++k) {
    int64_t channel = factor.order[k];
    double root = matrix[(n - 1 - k) * (n + 1)];
    bool unknown = gram.diagonal(channel) + damping == 0;
    factor.pivots[k] = unknown ? 0 : root * root;
  }
  // In tiles: one of the two matrices is read against its rows.
  constexpr int64_t tile = 64;
  parallelFor(threads, n, tile, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin; first < n; first += tile) {
      for (int64_t k = first, e = std::min(n, first + tile); k < e; ++k) {
        const double *row = matrix.data() + (n - 1 - k) * n;
        for (int64_t j = begin; j < std::min(end, k); ++j)
          factor.feedback[j * n + k] =
              static_cast<float>(row[n - 1 - j] / row[n - 1 - k]);
      }
    }
  });
  return factor;
}
