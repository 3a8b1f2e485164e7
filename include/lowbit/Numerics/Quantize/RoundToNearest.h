//===- RoundToNearest.h - Quantize each value to the nearest code ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_ROUNDTONEAREST_H
#define LOWBIT_NUMERICS_QUANTIZE_ROUNDTONEAREST_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Quantize/Parts.h"

namespace lowbit::numerics {

/// Quantizes a row-major tensor: finds each block's scale (and zero point or
/// offset) by `kind`, rounds the scale to the stored type, and encodes each
/// value with that *stored* scale. For a scale of zero (all-zero block), and
/// for one too small for the type, stands what smallScales says.
///
/// `values` has numElements(shape) elements. The result is the same, bit for
/// bit, for every number of threads and on every machine.
///
/// Errors: InvalidFormat if shape, format, kind or buffer sizes do not fit;
/// NotFinite with the row-major index of the first NaN or infinity;
/// ScaleOverflow with the number of the first scale that is infinite in the
/// scale type. Nothing useful is in `parts` after an error.
std::optional<Error> quantizeRoundToNearest(std::span<const float> values,
                                            ShapeRef shape,
                                            const Format &format,
                                            RangeKind kind, ThreadCount threads,
                                            MutablePartsView parts);

/// The same into parts of its own, with the format's default range kind unless
/// one is given.
Result<Parts>
quantizeRoundToNearest(std::span<const float> values, ShapeRef shape,
                       const Format &format, ThreadCount threads = {},
                       std::optional<RangeKind> kind = std::nullopt);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_ROUNDTONEAREST_H
