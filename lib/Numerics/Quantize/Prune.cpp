//===- Prune.cpp - Which weights to keep ----------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Prune.h"

#include "Selection.h"

#include <cmath>

using namespace lowbit::numerics;

int64_t Pruning::prunedOf(int64_t n) const {
  return static_cast<int64_t>(std::floor(fraction * static_cast<double>(n)));
}

std::optional<Error> Pruning::verify() const {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  if (keep != 0 || of != 0) {
    if (keep >= 1 && keep <= of)
      return std::nullopt;
    return invalid("a pattern of " + std::to_string(keep) + ':' +
                   std::to_string(of) + " keeps no part of a run");
  }
  if (fraction >= 0 && fraction <= 1)
    return std::nullopt;
  return invalid("the part to prune is between 0 and 1, not " +
                 std::to_string(fraction));
}

namespace {

/// Enough outputs for a thread to be worth its start.
constexpr int64_t outputsPerItem = 64;

/// Fills `mask` output by output: `factors` holds what the weights of an input
/// are multiplied with, and empty ones are 1.
void pruneOutputs(const ContractionWeight &weight,
                  std::span<const float> factors, const Pruning &pruning,
                  ThreadCount threads, Mask &mask) {
  int64_t inputs = weight.inputs(), outputs = weight.outputs();
  auto pruneSome = [&](int64_t begin, int64_t end) {
    // Output by output; a weight of axis 0 is read and written by rows.
    int64_t count = end - begin;
    std::vector<float> scores(count * inputs);
    Mask keep(count * inputs);
    for (int64_t k = 0; k < inputs; ++k) {
      float factor = factors.empty() ? 1 : factors[k];
      for (int64_t j = 0; j < count; ++j)
        scores[j * inputs + k] =
            std::fabs(weight.values[weight.index(k, begin + j)]) * factor;
    }
    int64_t length = pruning.runLength();
    for (int64_t j = 0; j < count; ++j) {
      std::span<float> ofOutput(scores.data() + j * inputs, inputs);
      uint8_t *kept = keep.data() + j * inputs;
      if (!pruning.isStructured())
        keepLargest(ofOutput, pruning.keptOfOutput(begin + j, inputs), kept);
      for (int64_t k = 0; pruning.isStructured() && k < inputs; k += length)
        keepLargestOfRun(&ofOutput[k], std::min(length, inputs - k),
                         pruning.kept(), kept + k, 1);
    }
    for (int64_t k = 0; k < inputs; ++k)
      for (int64_t j = 0; j < count; ++j)
        mask[weight.index(k, begin + j)] = keep[j * inputs + k];
  };
  if (inputs != 0)
    parallelFor(threads, outputs, outputsPerItem, pruneSome);
}

std::optional<Error> verify(const ContractionWeight &weight,
                            const Pruning &pruning, ThreadCount threads) {
  if (auto error = pruning.verify())
    return error;
  return verifyContraction(weight, threads);
}

} // namespace

Result<Mask> lowbit::numerics::pruneByMagnitude(const ContractionWeight &weight,
                                                const Pruning &pruning,
                                                ThreadCount threads) {
  if (auto error = verify(weight, pruning, threads))
    return std::move(*error);
  Mask mask(weight.values.size());
  if (pruning.isStructured()) {
    pruneOutputs(weight, {}, pruning, threads, mask);
    return mask;
  }
  std::vector<float> scores(weight.values.begin(), weight.values.end());
  for (float &score : scores)
    score = std::fabs(score);
  int64_t count = scores.size();
  keepLargest(scores, count - pruning.prunedOf(count), mask.data());
  return mask;
}

Result<Mask>
lowbit::numerics::pruneByWanda(const ContractionWeight &weight,
                               std::span<const double> sumOfSquares,
                               const Pruning &pruning, ThreadCount threads) {
  if (auto error = verify(weight, pruning, threads))
    return std::move(*error);
  if (auto error = verifyInputs(weight, sumOfSquares.size()))
    return std::move(*error);
  if (auto error = verifyStatistics(sumOfSquares))
    return std::move(*error);
  std::vector<float> norms(sumOfSquares.size());
  double largest = 0;
  for (double sum : sumOfSquares)
    largest = std::max(largest, std::sqrt(sum));
  // Below 1, so that no score overflows; a power of two leaves their order.
  int exponent = largest > 0 ? std::ilogb(largest) + 1 : 0;
  for (size_t k = 0; k < norms.size(); ++k)
    norms[k] =
        static_cast<float>(std::ldexp(std::sqrt(sumOfSquares[k]), -exponent));
  Mask mask(weight.values.size());
  pruneOutputs(weight, norms, pruning, threads, mask);
  return mask;
}

std::vector<float> lowbit::numerics::applyMask(std::span<const float> values,
                                               const Mask &mask) {
  std::vector<float> result(values.begin(), values.end());
  for (size_t i = 0; i < result.size(); ++i)
    if (!mask[i])
      result[i] = 0;
  return result;
}
