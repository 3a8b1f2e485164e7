//===- Awq.h - Activation-aware weight quantization -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lin et al., AWQ: Activation-aware Weight Quantization for LLM Compression and
// Acceleration (2023). Weights that meet large inputs are scaled up before they
// are quantized, and the inputs down (InputScales.h): their relative error gets
// smaller. How far is searched; AwqClip.h then searches how much each block's
// range is clipped.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_AWQ_H
#define LOWBIT_NUMERICS_QUANTIZE_AWQ_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/InputScales.h"

namespace lowbit::numerics {

/// A weight and how it will be stored; the block shape is that of the weight's
/// own layout.
struct AwqLayer {
  ContractionWeight weight;
  Format format;
};

/// What is known of the input that layers share: K channels each.
struct AwqInputs {
  /// Mean |x| of each channel.
  std::span<const double> meanMagnitude;
  /// Sum of x^2 of each channel: errors of outputs are estimated from it as if
  /// channels were uncorrelated, unless there is a Gram matrix.
  std::span<const double> squares = {};
  const GramMatrix *gram = nullptr;
};

struct AwqOptions {
  /// Exponents tried, from 0 to 1.
  int alphaSteps = 20;
  /// Exponents are compared by the errors of so many outputs of a layer, spread
  /// evenly over it; 0 for all. With a Gram matrix of K channels an exponent
  /// costs K^2 for each.
  int64_t sampledOutputs = 512;
  /// Shares of the range tried, from 1 down to but without 1 - largestShrink,
  /// in steps of 1 / shrinkSteps.
  int shrinkSteps = 20;
  double largestShrink = 0.5;
  /// How parameters are found from scaled (and clipped) weights; null: by the
  /// format's default range. One that minimises an error of the weights alone
  /// works against AWQ: it clips the few that were made large.
  ParameterChooser chooser = {};
  /// Instead of `chooser`: searchScales, its errors weighted by the second
  /// moments of the scaled inputs. It clips too, so that searchAwqClipping has
  /// little left to gain.
  bool weightedSearch = false;
};

struct AwqScales {
  /// Per input: weights are to be multiplied by it and inputs divided.
  std::vector<float> scales;
  double alpha = 0;
  /// Sum of the layers' squared output errors with these scales, and without;
  /// of all outputs.
  double error = 0;
  double errorWithout = 0;
};

/// Searches the scales meanMagnitude^alpha of least output error (section 3.2,
/// equations 4 and 5), jointly for layers with the same input. alpha = 0 is
/// among them, and takes the place of an exponent that is better for the
/// sampled outputs only, so no set of layers gets worse.
///
/// Errors: those of verifyContraction, of the chooser and of encodeWith;
/// InvalidFormat if there is no layer or options do not fit; InvalidStatistics
/// if statistics are of other channels, negative or not finite, or so large
/// that errors overflow, or there are neither squares nor a Gram matrix.
Result<AwqScales> searchAwqScales(std::span<const AwqLayer> layers,
                                  const AwqInputs &inputs,
                                  const AwqOptions &options = {},
                                  ThreadCount threads = {});

/// Errors as searchAwqScales for one layer, but for those of options and of the
/// chooser.
std::optional<Error> verifyAwq(const AwqLayer &layer, const AwqInputs &inputs,
                               ThreadCount threads);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_AWQ_H
