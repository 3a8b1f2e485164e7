//===- SmoothQuant.h - Outliers moved from inputs to weights ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_SMOOTHQUANT_H
#define LOWBIT_NUMERICS_QUANTIZE_SMOOTHQUANT_H

#include "lowbit/Numerics/Quantize/InputScales.h"

namespace lowbit::numerics {

/// The scales of SmoothQuant (Xiao et al. 2022, equation 4) for layers with the
/// same input of K channels:
///
///     s_j = max|X_j|^alpha / max|W_j|^(1 - alpha)
///
/// with the largest weight of all layers. Inputs are to be divided by them and
/// weights multiplied. 1 for a channel of which either side is all zero, which
/// the paper leaves open.
///
/// Errors: InvalidFormat if there is no layer, or shapes and sizes or alpha
/// (0 to 1) do not fit; NotFinite with the index of the first value that is
/// NaN or infinite, of a weight or of `maxMagnitude`; InvalidStatistics if that
/// is of another number of channels.
Result<std::vector<float>>
smoothQuantScales(std::span<const ContractionWeight> layers,
                  std::span<const float> maxMagnitude, float alpha = 0.5f,
                  ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_SMOOTHQUANT_H
