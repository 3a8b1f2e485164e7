//===- Affine.h - Codes that are their own value ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_AFFINE_H
#define LOWBIT_NUMERICS_CODEC_AFFINE_H

#include "lowbit/Numerics/Codec/Codec.h"

namespace lowbit::numerics {

/// The affine codec of `bits` 1 to 8: signed codes lie in
/// [-2^(bits-1), 2^(bits-1) - 1], unsigned ones in [0, 2^bits - 1]. One shared
/// instance per pair; null when `bits` is out of range.
CodecRef getAffineCodec(unsigned bits, bool isSigned);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_AFFINE_H
