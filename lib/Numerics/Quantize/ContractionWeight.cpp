//===- ContractionWeight.cpp - The weight of y = x W ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ContractionWeight.h"

#include "../Finite.h"

#include <cmath>

using namespace lowbit::numerics;

std::optional<Error>
lowbit::numerics::verifyContraction(const ContractionWeight &weight,
                                    ThreadCount threads) {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  if (weight.shape.size() != 2)
    return invalid("the weight of a contraction has rank 2, not " +
                   std::to_string(weight.shape.size()));
  if (weight.reductionAxis > 1)
    return invalid("there is no axis " + std::to_string(weight.reductionAxis) +
                   " to reduce");
  auto granularity = Granularity::get(weight.shape, Shape{1, 1});
  if (!granularity)
    return granularity.error();
  if (std::cmp_not_equal(weight.values.size(), granularity->numElements()))
    return invalid(std::to_string(weight.values.size()) +
                   " values given where the shape needs " +
                   std::to_string(granularity->numElements()));
  return checkFinite(weight.values, threads);
}

std::optional<Error>
lowbit::numerics::verifyInputs(const ContractionWeight &weight,
                               int64_t channels) {
  if (channels == weight.inputs())
    return std::nullopt;
  return Error{Error::Kind::InvalidStatistics,
               "statistics of " + std::to_string(channels) +
                   " channels are not those of a weight with " +
                   std::to_string(weight.inputs()) + " inputs"};
}

std::optional<Error>
lowbit::numerics::verifyStatistics(std::span<const double> values,
                                   bool canBeNegative) {
  for (size_t k = 0; k < values.size(); ++k)
    if (!std::isfinite(values[k]) || (values[k] < 0 && !canBeNegative))
      return Error{Error::Kind::InvalidStatistics,
                   "the statistics of input channel " + std::to_string(k) +
                       (canBeNegative ? " are not finite"
                                      : " are negative or not finite")};
  return std::nullopt;
}

std::optional<Error>
lowbit::numerics::verifyReplacement(const ContractionWeight &weight,
                                    std::span<const float> test) {
  if (test.size() == weight.values.size())
    return std::nullopt;
  return Error{Error::Kind::InvalidFormat,
               std::to_string(test.size()) +
                   " values cannot replace a weight of " +
                   std::to_string(weight.values.size())};
}
