//===- BiasCorrection.h - Errors of weights that shift outputs --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_BIASCORRECTION_H
#define LOWBIT_NUMERICS_QUANTIZE_BIASCORRECTION_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Result.h"

namespace lowbit::numerics {

/// Bias correction (Nagel et al., "Data-Free Quantization Through Weight
/// Equalization and Bias Correction", 2019, section 4.2): where `test` replaces
/// the weight, output j shifts on average by sum_k E[x_k] (test - W)_kj.
/// Returns what to add to the bias of each output to take the shift back;
/// summed in f64 in the order of the inputs, the same for every number of
/// threads.
///
/// `meanInputs` are E[x], one per input (ChannelStatistics::mean), measured on
/// calibration data rather than derived from batch normalisation as the paper
/// does. InvalidFormat if sizes do not fit, InvalidStatistics if there are
/// means of another layer or that are not finite, NotFinite for the weight.
Result<std::vector<float>> correctBias(const ContractionWeight &weight,
                                       std::span<const float> test,
                                       std::span<const double> meanInputs,
                                       ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_BIASCORRECTION_H
