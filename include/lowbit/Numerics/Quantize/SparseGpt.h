//===- SparseGpt.h - Pruning that makes up for its errors -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_SPARSEGPT_H
#define LOWBIT_NUMERICS_QUANTIZE_SPARSEGPT_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/Gptq.h"
#include "lowbit/Numerics/Quantize/Prune.h"

namespace lowbit::numerics {

struct SparseGptResult {
  /// In the weight's layout: zero where pruned, else the moved weight, rounded
  /// to a value of the format if there is one.
  std::vector<float> values;
  Mask mask;
  /// Of all blocks of the format; empty without one.
  BlockParameters parameters;
};

/// SparseGPT (Frantar and Alistarh, "SparseGPT: Massive Language Models Can Be
/// Accurately Pruned in One-Shot", 2023, algorithm 1): goes through the
/// channels as GPTQ does, with weights rounded to zero where that costs least,
/// w^2 / [H^-1]_kk of the moved weights, in the inverse of what is left of H
/// when channel k has its turn. For n:m pruning the mask of a run is selected
/// when its first channel has its turn, otherwise that of blocks of 128
/// channels over all outputs (section 3.3), from weights that all channels
/// before have moved.
///
/// With a format what is kept is quantized in the same pass (section 3.5): each
/// error, of pruning or of rounding, moves the channels that follow. Blocks of
/// masks are then groups of the format, if these are not static.
/// `encodeWith(parameters, values)` gives their codes, with the mask too where
/// the format is sparse.
///
/// Errors as quantizeGptq and Pruning::verify have them; InvalidFormat for
/// n:m pruning with a factor that is not in the order of the channels.
Result<SparseGptResult> pruneBySparseGpt(const ContractionWeight &weight,
                                         const HessianFactor &hessian,
                                         const Pruning &pruning,
                                         ThreadCount threads = {});
Result<SparseGptResult> pruneBySparseGpt(const ContractionWeight &weight,
                                         const HessianFactor &hessian,
                                         const Pruning &pruning,
                                         const Format &format,
                                         const ParameterChooser &chooser,
                                         const GptqOptions &options = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_SPARSEGPT_H
