//===- LloydMax.cpp - The best levels for Gaussian data -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Max solves the conditions "threshold = middle of its levels, level = mean of
// its cell" by trial from one end, Lloyd by turns; the first is unstable and
// the second takes k^2 rounds for k levels. Newton's method needs a few: each
// mean depends on its own level and the two beside it, so its matrix is
// tridiagonal.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/LloydMax.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>

using namespace lowbit::numerics;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

double density(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

/// P(X > x).
double upperTail(double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }

/// The x that upperTail takes to `probability`, at most 1/2.
double tailQuantile(double probability) {
  double low = 0, high = 40;
  for (int i = 0; i < 64; ++i) {
    double middle = (low + high) / 2;
    (upperTail(middle) > probability ? low : high) = middle;
  }
  return low;
}

/// The mean of X in (a, b) and its derivatives by the ends.
struct Cell {
  double probability, mean, byLow, byHigh;

  Cell(double a, double b) {
    double atLow = density(a), atHigh = b == inf ? 0 : density(b);
    probability = upperTail(a) - (b == inf ? 0 : upperTail(b));
    mean = (atLow - atHigh) / probability;
    byLow = atLow * (mean - a) / probability;
    byHigh = b == inf ? 0 : atHigh * (b - mean) / probability;
  }
};

} // namespace

std::vector<double> lowbit::numerics::lloydMaxLevels(int count) {
  assert(count >= 1 && count <= 256 && "number of levels out of range");
  // The positive ones; for an odd count 0 lies below them, else threshold 0.
  size_t n = count / 2;
  bool hasZero = count % 2;
  // For many levels their density goes with the cube root of the data's
  // (Panter and Dite 1951): that of a normal variable of variance 3.
  std::vector<double> y(n);
  for (size_t i = 0; i < n; ++i)
    y[n - 1 - i] = std::numbers::sqrt3 *
                   tailQuantile((static_cast<double>(i) + 0.5) / count);

  std::vector<double> above(n), step(n);
  for (int round = 0; round < 50; ++round) {
    // Forward elimination and back substitution of J step = mean - level.
    double largest = 0;
    for (size_t i = 0; i < n; ++i) {
      double a = i ? (y[i - 1] + y[i]) / 2 : hasZero ? y[0] / 2 : 0;
      double b = i + 1 < n ? (y[i] + y[i + 1]) / 2 : inf;
      Cell cell(a, b);
      double byLow = i || hasZero ? cell.byLow / 2 : 0;
      double byHigh = cell.byHigh / 2;
      double diagonal = 1 - byLow - byHigh, right = cell.mean - y[i];
      if (i) {
        diagonal -= byLow * above[i - 1];
        right += byLow * step[i - 1];
      }
      above[i] = byHigh / diagonal;
      step[i] = right / diagonal;
    }
    for (size_t i = n; i-- > 0;) {
      if (i + 1 < n)
        step[i] += above[i] * step[i + 1];
      largest = std::max(largest, std::fabs(step[i]));
    }
    for (size_t i = 0; i < n; ++i)
      y[i] += step[i];
    if (largest < 1e-14)
      break;
  }

  std::vector<double> levels;
  for (size_t i = n; i-- > 0;)
    levels.push_back(-y[i]);
  if (hasZero)
    levels.push_back(0);
  levels.insert(levels.end(), y.begin(), y.end());
  return levels;
}

double lowbit::numerics::gaussianDistortion(const std::vector<double> &levels) {
  // E (X - y)^2 over a cell is the integral of x^2, less 2 y times that of x,
  // plus y^2 times the probability; that of x^2 is P + a f(a) - b f(b).
  double error = 0, a = -inf;
  for (size_t i = 0; i < levels.size(); ++i) {
    double y = levels[i];
    double b = i + 1 < levels.size() ? (y + levels[i + 1]) / 2 : inf;
    double atLow = a == -inf ? 0 : density(a),
           atHigh = b == inf ? 0 : density(b);
    double probability = upperTail(a) - upperTail(b);
    error += probability * (1 + y * y) - 2 * y * (atLow - atHigh);
    error += (a == -inf ? 0 : a * atLow) - (b == inf ? 0 : b * atHigh);
    a = b;
  }
  return error;
}
