//===- BlockParameters.h - What the elements of a block share ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Round-to-nearest finds the parameters of a block and encodes its values in
// one go. Every other algorithm does the two apart: it searches parameters, or
// changes values between finding parameters and encoding.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_BLOCKPARAMETERS_H
#define LOWBIT_NUMERICS_QUANTIZE_BLOCKPARAMETERS_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Quantize/Parts.h"

#include <functional>
#include <string>

namespace lowbit::numerics {

/// Replaces exact scales by those that the format stores, and finds their
/// nested scales. None is zero: smallScales says what stands for one that would
/// be, or the smallest positive number that a nested scale multiplies.
/// ScaleOverflow if one is too large for its type.
std::optional<Error> roundScales(BlockParameters &parameters,
                                 const Format &format);

/// Finds the parameters of every block of a row-major tensor of `shape`.
using ParameterChooser = std::function<Result<BlockParameters>(
    std::span<const float> values, ShapeRef shape, const Format &format)>;

/// The parameters that quantizeRoundToNearest uses, with its errors.
Result<BlockParameters> chooseParameters(std::span<const float> values,
                                         ShapeRef shape, const Format &format,
                                         RangeKind kind,
                                         ThreadCount threads = {});

/// What each range kind of the format gives that does not end in an error, its
/// default kind first; the error of that if there is none.
Result<std::vector<BlockParameters>>
chooseByEachRange(std::span<const float> values, ShapeRef shape,
                  const Format &format, ThreadCount threads = {});

/// The largest number that decoding multiplies a scale by, where that goes with
/// the scale; else 1.
float largestMultiple(const Format &format);
/// The first scale whose largest multiple leaves the range of f32, or -1.
int64_t firstOverflowing(std::span<const float> scales, const Format &format);

/// What makes a scale too large where its type, or that of its nested scale,
/// reaches as far as f32, so that no other is of help: "its product with its
/// largest level, 8, is too large for f32". Empty for other types.
std::string describeProductOverflow(const Format &format);

/// The error of the first scale that is too large for its type, or for f32.
Error scaleOverflowError(int64_t scale, const Format &format);

/// Encodes each value to its nearest code under given parameters. InvalidFormat
/// if shape, format and sizes do not fit; NotFinite as quantizeRoundToNearest.
/// Where the format is sparse, `mask` has a byte for each value, not 0 for
/// those to keep; without one they are those of magnitudeMask().
Result<UnpackedParts> encodeWith(BlockParameters parameters,
                                 std::span<const float> values, ShapeRef shape,
                                 const Format &format, ThreadCount threads = {},
                                 std::span<const uint8_t> mask = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_BLOCKPARAMETERS_H
