//===- Hqq.h - Half-quadratic quantization ----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_HQQ_H
#define LOWBIT_NUMERICS_QUANTIZE_HQQ_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"

namespace lowbit::numerics {

/// Defaults are the authors', but for beta: theirs, 10, is in other units.
struct HqqOptions {
  /// The exponent p of the norm of the error, above 0 and at most 1.
  float norm = 0.7f;
  /// Weight of the penalty that ties the error, in units of the block's scale,
  /// to its sparse copy, and its growth per iteration.
  float beta = 3;
  float growth = 1.01f;
  int iterations = 20;
};

/// value = scale * decode(code) + offset, one of each per block.
struct ScalesAndOffsets {
  std::vector<float> scales;
  std::vector<float> offsets;
};

/// Half-Quadratic Quantization (Badri and Shaji 2023): keeps each block's
/// min-max scale and moves its offset to minimise the lp norm of the error,
/// p < 1, which ignores the few values that are far off. Needs no data. Any
/// codec; the format's zero points are not used. The result is the same for
/// every number of threads.
///
/// Errors: InvalidFormat if format, shape, sizes and options do not fit,
/// NotFinite with the index of the first NaN or infinity, ScaleOverflow with
/// the index of the first scale too large for its type.
Result<ScalesAndOffsets> solveHqq(std::span<const float> values, ShapeRef shape,
                                  const Format &format,
                                  const HqqOptions &options = {},
                                  ThreadCount threads = {});

/// The same for formats without offsets: keeps the zero points of the format's
/// default range, if it has any, and moves the scales. Errors as
/// chooseParameters.
Result<BlockParameters> solveHqqScales(std::span<const float> values,
                                       ShapeRef shape, const Format &format,
                                       const HqqOptions &options = {},
                                       ThreadCount threads = {});

/// solveHqqScales as a ParameterChooser.
ParameterChooser hqqChooser(HqqOptions options = {}, ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_HQQ_H
