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

/// Half-Quadratic Quantization (Badri and Shaji 2023): minimises the lp norm of
/// the error, p < 1, which ignores the few values that are far off. Needs no
/// data. Each block starts from the best that a range kind of the format gives.
/// Where the format has offsets its offset moves and its scale stays, as with
/// the authors; else the scale moves and the zero point stays, if there is one.
/// A scale of E8M0 is doubled or halved. Any codec; nested scales are found
/// again for scales that moved.
///
/// The norm of a block, or of the whole tensor with nested scales, is at most
/// that of rounding to nearest by any range kind. The result is the same for
/// every number of threads.
///
/// Errors: those of chooseByEachRange; InvalidFormat if options do not fit.
Result<BlockParameters> solveHqq(std::span<const float> values, ShapeRef shape,
                                 const Format &format,
                                 const HqqOptions &options = {},
                                 ThreadCount threads = {});

/// solveHqq as a ParameterChooser.
ParameterChooser hqqChooser(HqqOptions options = {}, ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_HQQ_H
