//===- StoredParameters.h - Parameters of blocks as bytes -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_STOREDPARAMETERS_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_STOREDPARAMETERS_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"

namespace lowbit::numerics {

/// The parameters that parts hold, and the other way round. All sizes fit.
BlockParameters loadParameters(PartsView parts, const Granularity &granularity,
                               const Format &format);
void storeParameters(const BlockParameters &parameters,
                     const Granularity &granularity, const Format &format,
                     MutablePartsView parts);

/// Packs zero points, a byte each, along the last axis of the scale shape.
void packZeroPoints(std::span<const int8_t> zeroPoints,
                    const Granularity &granularity, const Format &format,
                    MutablePartsView parts);

/// InvalidFormat unless there are as many parameters as the format stores.
std::optional<Error> verifyCounts(const BlockParameters &parameters,
                                  const Granularity &granularity,
                                  const Format &format);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_STOREDPARAMETERS_H
