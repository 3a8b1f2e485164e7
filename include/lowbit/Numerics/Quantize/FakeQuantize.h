//===- FakeQuantize.h - What would be left of a tensor ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_FAKEQUANTIZE_H
#define LOWBIT_NUMERICS_QUANTIZE_FAKEQUANTIZE_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"

namespace lowbit::numerics {

/// Stores a tensor in `format` with the parameters that `chooser` finds (null:
/// those of the format's default range) and reads it back. Errors are those of
/// the chooser and of encodeWith.
Result<std::vector<float>> fakeQuantize(std::span<const float> values,
                                        ShapeRef shape, const Format &format,
                                        const ParameterChooser &chooser = {},
                                        ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_FAKEQUANTIZE_H
