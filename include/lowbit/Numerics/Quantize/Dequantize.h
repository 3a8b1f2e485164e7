//===- Dequantize.h - Stored parts back to f32 ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_DEQUANTIZE_H
#define LOWBIT_NUMERICS_QUANTIZE_DEQUANTIZE_H

#include "lowbit/Numerics/Metrics.h"
#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Quantize/Parts.h"

#include <functional>

namespace lowbit::numerics {

/// out[i] = scale * (decode(code) - zero point) + offset, each step in f32, for
/// every element in row-major order. `out` has numElements(shape) elements.
/// InvalidFormat if shape, format and sizes do not fit; data cannot fail.
std::optional<Error> dequantize(PartsView parts, ShapeRef shape,
                                const Format &format, std::span<float> out,
                                ThreadCount threads = {});

/// The same values in pieces, in row-major order, without holding the tensor if
/// it is dense: calls `fn` with the number of a piece's first value and the
/// piece, at most about `pieceElements` of them. One that is sparse is one
/// piece.
std::optional<Error> dequantizeInPieces(
    PartsView parts, ShapeRef shape, const Format &format,
    int64_t pieceElements, ThreadCount threads,
    const std::function<void(int64_t first, std::span<const float> piece)> &fn);

/// Whether all values decode to zero; a dense tensor is read as far as the
/// first that does not. InvalidFormat as above.
Result<bool> decodesToZeros(PartsView parts, ShapeRef shape,
                            const Format &format);

/// What `parts` lost of `values`, the tensor they were quantized from, without
/// holding the dequantized tensor. The same for every number of threads.
Result<ErrorStatistics> measureQuantization(std::span<const float> values,
                                            PartsView parts, ShapeRef shape,
                                            const Format &format,
                                            ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_DEQUANTIZE_H
