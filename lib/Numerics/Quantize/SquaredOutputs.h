//===- SquaredOutputs.h - Sums of squares of a layer's outputs --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_SQUAREDOUTPUTS_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_SQUAREDOUTPUTS_H

#include "lowbit/Numerics/Parallel.h"

#include <functional>
#include <span>

namespace lowbit::numerics {

/// Fills `rows`, [inputs, count], with the outputs from number `first` on.
using FillOutputs =
    std::function<void(int64_t first, int64_t count, float *rows)>;

/// tr(E^T G E) for the E, [inputs, outputs], that `fill` gives: the sum of
/// squares of x E over all rows x that the Gram matrix `gram`, [inputs,
/// inputs], has seen. Products are f32. The same for every number of threads.
double squaredOutputs(int64_t inputs, int64_t outputs,
                      std::span<const float> gram, const FillOutputs &fill,
                      ThreadCount threads);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_SQUAREDOUTPUTS_H
