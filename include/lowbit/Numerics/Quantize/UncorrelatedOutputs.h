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

/// measureOutputError from means and second moments of the inputs alone, as if
/// these were not correlated but by their means m: with n rows and the errors
/// E_j of output j, to which `added` (of each output; empty for none) is added,
///
///     sum over j of n (m E_j + added_j)^2 + sum over k of (n var_k) E_kj^2.
///
/// InvalidFormat or InvalidStatistics as there.
Result<OutputError> measureUncorrelatedOutputError(
    const ContractionWeight &weight, std::span<const float> test,
    const ChannelStatistics &channels, std::span<const float> added = {},
    ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_UNCORRELATEDOUTPUTS_H
