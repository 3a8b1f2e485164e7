//===- Metrics.cpp - How far a tensor is from its reference ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Metrics.h"

#include "Multiversion.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using namespace lowbit::numerics;

namespace {

/// Elements per work item of measureError. Part of the result: sums are merged
/// per item.
constexpr int64_t grain = 64 * 1024;

constexpr size_t numLanes = 16;

/// The six sums of one lane. Products of two f32 are exact in f64.
inline void addOne(float reference, float test, double &squaredError,
                   double &squaredReference, double &squaredTest,
                   double &product, double &largestError,
                   double &largestReference) {
  double r = reference, t = test, error = t - r;
  squaredError += error * error;
  squaredReference += r * r;
  squaredTest += t * t;
  product += r * t;
  double size = std::fabs(error), sizeOfReference = std::fabs(r);
  largestError = size > largestError ? size : largestError;
  largestReference =
      sizeOfReference > largestReference ? sizeOfReference : largestReference;
}

/// Adds `steps` times numLanes pairs. `sums` holds the six sums, a row of
/// numLanes each.
LOWBIT_MULTIVERSION
void addSteps(const float *__restrict reference, const float *__restrict test,
              size_t steps, double (&sums)[6][numLanes]) {
  double local[6][numLanes];
  std::copy_n(&sums[0][0], 6 * numLanes, &local[0][0]);
  for (size_t i = 0; i < steps; ++i)
    for (size_t k = 0; k < numLanes; ++k)
      addOne(reference[i * numLanes + k], test[i * numLanes + k], local[0][k],
             local[1][k], local[2][k], local[3][k], local[4][k], local[5][k]);
  std::copy_n(&local[0][0], 6 * numLanes, &sums[0][0]);
}

double total(const std::array<double, numLanes> &sum) {
  return std::accumulate(sum.begin(), sum.end(), 0.0);
}

double largest(const std::array<double, numLanes> &sum) {
  return *std::max_element(sum.begin(), sum.end());
}

} // namespace

void ErrorStatistics::add(const float *reference, const float *test, size_t n) {
  static_assert(lanes == numLanes);
  auto addAt = [&](size_t i) {
    size_t k = seen++ % lanes;
    addOne(reference[i], test[i], squaredError[k], squaredReference[k],
           squaredTest[k], product[k], largestError[k], largestReference[k]);
  };
  size_t i = 0;
  for (; i < n && seen % lanes; ++i)
    addAt(i);
  if (size_t steps = (n - i) / lanes) {
    double sums[6][lanes];
    Sum *members[] = {&squaredError, &squaredReference, &squaredTest,
                      &product,      &largestError,     &largestReference};
    for (size_t s = 0; s < 6; ++s)
      std::copy(members[s]->begin(), members[s]->end(), sums[s]);
    addSteps(reference + i, test + i, steps, sums);
    for (size_t s = 0; s < 6; ++s)
      std::copy_n(sums[s], lanes, members[s]->begin());
    seen += steps * lanes;
    i += steps * lanes;
  }
  for (; i < n; ++i)
    addAt(i);
}

void ErrorStatistics::merge(const ErrorStatistics &other) {
  for (size_t k = 0; k < lanes; ++k) {
    squaredError[k] += other.squaredError[k];
    squaredReference[k] += other.squaredReference[k];
    squaredTest[k] += other.squaredTest[k];
    product[k] += other.product[k];
    largestError[k] = std::max(largestError[k], other.largestError[k]);
    largestReference[k] =
        std::max(largestReference[k], other.largestReference[k]);
  }
  seen += other.seen;
}

double ErrorStatistics::mse() const {
  return seen ? total(squaredError) / static_cast<double>(seen) : 0;
}

double ErrorStatistics::sqnrDb() const {
  double error = total(squaredError);
  if (error == 0)
    return std::numeric_limits<double>::infinity();
  return 10 * std::log10(total(squaredReference) / error);
}

double ErrorStatistics::psnrDb() const {
  double error = mse(), peak = maxAbsReference();
  if (error == 0)
    return std::numeric_limits<double>::infinity();
  return 10 * std::log10(peak * peak / error);
}

double ErrorStatistics::maxAbsError() const {
  // A NaN is no larger than anything; the sums have it.
  double error = total(squaredError);
  return std::isnan(error) ? error : largest(largestError);
}

double ErrorStatistics::maxAbsReference() const {
  double squares = total(squaredReference);
  return std::isnan(squares) ? squares : largest(largestReference);
}

double ErrorStatistics::relativeError() const {
  double error = total(squaredError);
  return error == 0 ? 0 : std::sqrt(error / total(squaredReference));
}

double ErrorStatistics::cosine() const {
  double reference = total(squaredReference), test = total(squaredTest);
  if (reference == 0 && test == 0)
    return 1;
  if (reference == 0 || test == 0)
    return 0;
  // One root, so that equal tensors give 1; sums of squared f32 are far from
  // the limits of f64. Parallel ones may round to more than 1. NaN passes.
  return std::clamp(total(product) / std::sqrt(reference * test), -1.0, 1.0);
}

ErrorStatistics lowbit::numerics::measureError(std::span<const float> reference,
                                               std::span<const float> test,
                                               ThreadCount threads) {
  assert(reference.size() == test.size() && "tensors of different sizes");
  int64_t count = reference.size();
  std::vector<ErrorStatistics> parts((count + grain - 1) / grain);
  parallelFor(threads, count, grain, [&](int64_t begin, int64_t end) {
    parts[begin / grain].add(reference.data() + begin, test.data() + begin,
                             end - begin);
  });
  ErrorStatistics result;
  for (const ErrorStatistics &part : parts)
    result.merge(part);
  return result;
}
