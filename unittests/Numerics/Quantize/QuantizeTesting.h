//===- QuantizeTesting.h - What tests of quantizers share -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_QUANTIZETESTING_H
#define LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_QUANTIZETESTING_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace lowbit::numerics {

/// Standard normal values.
inline std::vector<float> gaussian(size_t count, unsigned seed = 42) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(random);
  return values;
}

/// What is read back of a tensor that is stored with given parameters.
inline std::vector<float> storedValues(const BlockParameters &parameters,
                                       std::span<const float> values,
                                       ShapeRef shape, const Format &format) {
  std::vector<float> decoded(values.size());
  auto encoded = encodeWith(parameters, values, shape, format);
  EXPECT_TRUE(encoded);
  if (!encoded)
    return decoded;
  auto parts = packParts(*encoded, shape, format);
  EXPECT_TRUE(parts);
  EXPECT_FALSE(dequantize(*parts, shape, format, decoded));
  return decoded;
}

inline std::vector<float> storedValues(const ParameterChooser &chooser,
                                       std::span<const float> values,
                                       ShapeRef shape, const Format &format) {
  auto parameters = chooser(values, shape, format);
  EXPECT_TRUE(parameters);
  return parameters ? storedValues(*parameters, values, shape, format)
                    : std::vector<float>(values.size());
}

inline double sqnrDb(std::span<const float> values,
                     std::span<const float> decoded) {
  return measureError(values, decoded).sqnrDb();
}

/// The squared error of each block.
inline std::vector<double> blockErrors(const BlockParameters &parameters,
                                       std::span<const float> values,
                                       ShapeRef shape, const Format &format) {
  std::vector<float> decoded = storedValues(parameters, values, shape, format);
  auto granularity = Granularity::get(shape, format.blockShape);
  std::vector<double> errors(granularity->numScales());
  for (size_t i = 0; i < values.size(); ++i)
    errors[granularity->scaleIndex(i)] +=
        std::pow(static_cast<double>(values[i]) - decoded[i], 2);
  return errors;
}

} // namespace lowbit::numerics

#endif // LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_QUANTIZETESTING_H
