//===- Gptq.h - Quantization that makes up for its errors -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_GPTQ_H
#define LOWBIT_NUMERICS_QUANTIZE_GPTQ_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Quantize/Hessian.h"

namespace lowbit::numerics {

/// How GPTQ factorizes where nothing else is asked for. Both carry over to
/// other inputs than those of calibration: on a sentence encoder in 4 bits the
/// outputs of layers gain 2.2 dB on rounding to nearest for other text, in
/// place of 1.6 in the channels' own order with a damping of 0.01
/// (bench/quality).
inline constexpr HessianOptions gptqHessianOptions{.damping = 0.05,
                                                   .activationOrder = true};

struct GptqOptions {
  /// Chooses all parameters from the weight as it is, before anything is
  /// rounded ("static groups"); done anyhow where parameters of several groups
  /// belong together, as those with nested scales or books do. Otherwise a
  /// group's are chosen when its turn comes, from its weights as the groups
  /// before have moved them.
  bool staticGroups = false;
  ThreadCount threads = {};
};

/// GPTQ (Frantar et al., "GPTQ: Accurate Post-Training Quantization for
/// Generative Pre-trained Transformers", 2022, algorithm 1): rounds the weight
/// channel by channel, and moves the channels that follow so that the outputs
/// change least. With uncorrelated inputs it is rounding to nearest.
///
/// `format` is any that is dense, `chooser` finds its parameters. It sees the
/// whole weight in its own layout, or one group in the form [channels, N];
/// groups are static where channels are not rounded in order. The weights that
/// a group's parameters come from are the paper's, up to date when its first
/// channel has its turn (in the authors' code they lag behind by part of a lazy
/// batch where groups are smaller than that). How the same is computed here:
/// see Hessian.h.
///
/// The result is the same for every number of threads; processors of another
/// vector width may round sums otherwise. Errors are those of
/// verifyContraction, verifyInputs, verifyFormat and the chooser.
Result<UnpackedParts> quantizeGptq(const ContractionWeight &weight,
                                   const HessianFactor &hessian,
                                   const Format &format,
                                   const ParameterChooser &chooser,
                                   const GptqOptions &options = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_GPTQ_H
