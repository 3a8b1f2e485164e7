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

/// Half-Quadratic Quantization (Badri and Shaji 2023): starts from the format's
/// default range and minimises the lp norm of the error, p < 1, which ignores
/// the few values that are far off. Needs no data. Where the format has offsets
/// it moves each block's offset and keeps its scale, as the authors do; else it
/// moves the scale and keeps the zero point, if there is one. Any codec; nested
/// scales are found again for scales that moved. The result is the same for
/// every number of threads.
///
/// Errors: those of chooseParameters; InvalidFormat if options do not fit.
Result<BlockParameters> solveHqq(std::span<const float> values, ShapeRef shape,
                                 const Format &format,
                                 const HqqOptions &options = {},
                                 ThreadCount threads = {});

/// solveHqq as a ParameterChooser.
ParameterChooser hqqChooser(HqqOptions options = {}, ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_HQQ_H
