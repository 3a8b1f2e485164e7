//===- Sparse.h - Quantizing the values that are kept -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_SPARSE_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_SPARSE_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/ErrorWeights.h"

namespace lowbit::numerics {

/// The functions of the same name without "Sparse", for formats that are not
/// dense; arguments have been verified, but for the mask and the values. An
/// empty mask is that of magnitudeMask().
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

/// Rounds to nearest what `mask` keeps, in a dense format of which `parts` have
/// the codes of that alone, as one packed row. The others count as zeros. All
/// is verified, and the values are finite.
std::optional<Error> quantizeMasked(std::span<const float> values,
                                    std::span<const uint8_t> mask,
                                    ShapeRef shape, const Format &format,
                                    RangeKind kind, ThreadCount threads,
                                    MutablePartsView parts);

/// The parameters that `chooser` finds from the values which magnitudeMask()
/// keeps: those of a pattern as a tensor of their own, those of a bitmap with
/// zeros for the others. InvalidFormat or NotFinite for other values.
Result<BlockParameters> chooseForKept(std::span<const float> values,
                                      ShapeRef shape, const Format &format,
                                      const ParameterChooser &chooser,
                                      ThreadCount threads);

/// A weight per element, 0 for those that magnitudeMask() leaves out. All fits.
std::vector<float> weightsOfKept(const ErrorWeights &weights,
                                 std::span<const float> values, ShapeRef shape,
                                 const Sparsity &sparsity, ThreadCount threads);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_SPARSE_H
