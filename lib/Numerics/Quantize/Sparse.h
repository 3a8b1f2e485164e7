//===- Sparse.h - Quantizing the values that are kept -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_SPARSE_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_SPARSE_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"

namespace lowbit::numerics {

/// The functions of the same name without "Sparse", for formats that are not
/// dense; arguments have been verified, but for the mask and the values.
std::optional<Error> dequantizeSparse(PartsView parts, ShapeRef shape,
                                      const Format &format,
                                      std::span<float> out,
                                      ThreadCount threads);
std::optional<Error> quantizeSparse(std::span<const float> values,
                                    ShapeRef shape, const Format &format,
                                    RangeKind kind, ThreadCount threads,
                                    MutablePartsView parts);
Result<UnpackedParts> encodeSparse(BlockParameters parameters,
                                   std::span<const float> values,
                                   std::span<const uint8_t> mask,
                                   ShapeRef shape, const Format &format,
                                   ThreadCount threads);

/// NotFinite with the first such value.
std::optional<Error> verifyFinite(std::span<const float> values);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_SPARSE_H
