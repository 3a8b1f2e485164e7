//===- UncorrelatedOutputs.h - Output errors without X^T X ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_UNCORRELATEDOUTPUTS_H
#define LOWBIT_NUMERICS_QUANTIZE_UNCORRELATEDOUTPUTS_H

#include "lowbit/Numerics/Quantize/OutputError.h"

namespace lowbit::numerics {

/// measureOutputError from second moments of the inputs alone, as if these were
/// not correlated: the sum over inputs k of sumOfSquares[k] * |E_k|^2.
Result<OutputError> measureUncorrelatedOutputError(
    const ContractionWeight &weight, std::span<const float> test,
    const ChannelStatistics &channels, ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_UNCORRELATEDOUTPUTS_H
