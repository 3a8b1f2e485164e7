//===- AwqClip.h - Ranges clipped by what outputs lose ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_AWQCLIP_H
#define LOWBIT_NUMERICS_QUANTIZE_AWQCLIP_H

#include "lowbit/Numerics/Quantize/Awq.h"
#include "lowbit/Numerics/Quantize/ClipRanges.h"

namespace lowbit::numerics {

/// Searches how far the range of each block of a layer whose weight has been
/// multiplied by `scales` (empty: by nothing) is best clipped, by the error
/// that the block alone makes in each output (the authors' auto_clip). The
/// ranges are those of the format's blocks of the scaled weight; clampToRanges
/// applies them. Errors as searchAwqScales.
Result<BlockRanges> searchAwqClipping(const AwqLayer &layer,
                                      std::span<const float> scales,
                                      const AwqInputs &inputs,
                                      const AwqOptions &options = {},
                                      ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_AWQCLIP_H
