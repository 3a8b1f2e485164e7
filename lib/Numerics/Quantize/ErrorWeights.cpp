//===- ErrorWeights.cpp - How much each element's error counts ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ErrorWeights.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

using namespace lowbit::numerics;

std::optional<Error>
lowbit::numerics::verifyErrorWeights(const ErrorWeights &weights,
                                     ShapeRef shape) {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  if (!weights.elements.empty() && !weights.channels.empty())
    return invalid("weights are given both per element and per channel");
  int64_t expected = numElements(shape);
  if (!weights.channels.empty()) {
    if (weights.axis < 0 || std::cmp_greater_equal(weights.axis, shape.size()))
      return invalid("the tensor has no axis " + std::to_string(weights.axis) +
                     " for the weights");
    expected = shape[weights.axis];
  }
  auto given = weights.channels.empty() ? weights.elements : weights.channels;
  if (given.empty())
    return std::nullopt;
  if (std::cmp_not_equal(given.size(), expected))
    return invalid(std::to_string(given.size()) +
                   " weights given where the tensor needs " +
                   std::to_string(expected));
  for (size_t i = 0; i < given.size(); ++i)
    if (!(given[i] >= 0) || std::isinf(given[i])) {
      Error error{Error::Kind::NotFinite,
                  "weight " + std::to_string(i) + " of the error is " +
                      std::to_string(given[i]) +
                      ", not a finite number from 0 up",
                  static_cast<int64_t>(i)};
      return error;
    }
  return std::nullopt;
}

std::vector<float>
lowbit::numerics::relativeWeights(std::span<const double> moments) {
  double largest = 0;
  for (double moment : moments)
    largest = std::max(largest, moment);
  std::vector<float> weights(moments.size());
  for (size_t k = 0; largest > 0 && k < moments.size(); ++k)
    weights[k] = static_cast<float>(moments[k] / largest);
  return weights;
}
