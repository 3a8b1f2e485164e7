//===- ScaleSearch.h - Scales of least squared error ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_SCALESEARCH_H
#define LOWBIT_NUMERICS_QUANTIZE_SCALESEARCH_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/ErrorWeights.h"

namespace lowbit::numerics {

/// Searches the scale (and zero point or offset) of each block that minimises
/// the weighted squared error of what is stored, with the scale as its type
/// rounds it. No block is worse than under any range kind that the format
/// allows, unless nested scales are found for the scales of the search at its
/// end. Of a sparse format only the kept values count.
///
/// Any codec, also those of which a negative scale makes another range: with
/// codes of -8..7 either side of zero may get the longer one. The result is the
/// same for every number of threads.
///
/// Errors are those of chooseParameters and verifyErrorWeights.
Result<BlockParameters> searchScales(std::span<const float> values,
                                     ShapeRef shape, const Format &format,
                                     const ErrorWeights &weights = {},
                                     ThreadCount threads = {});

/// searchScales as a ParameterChooser. The weights are those of the tensors it
/// will be called with, and must outlive it.
ParameterChooser scaleSearchChooser(ErrorWeights weights = {},
                                    ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_SCALESEARCH_H
