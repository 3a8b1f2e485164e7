//===- LloydMax.h - The best levels for Gaussian data -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_LLOYDMAX_H
#define LOWBIT_NUMERICS_QUANTIZE_LLOYDMAX_H

#include <vector>

namespace lowbit::numerics {

/// The `count` (1 to 256) ascending levels of least mean squared error for a
/// standard normal variable (Max, Quantizing for Minimum Distortion, 1960,
/// table I): each is the mean of the values nearest to it.
std::vector<double> lloydMaxLevels(int count);

/// The mean squared error of such levels for a standard normal variable.
double gaussianDistortion(const std::vector<double> &levels);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_LLOYDMAX_H
