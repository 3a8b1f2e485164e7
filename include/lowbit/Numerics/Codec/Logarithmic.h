//===- Logarithmic.h - Powers of a root of two ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_LOGARITHMIC_H
#define LOWBIT_NUMERICS_CODEC_LOGARITHMIC_H

#include "lowbit/Numerics/Codec/Table.h"

namespace lowbit::numerics {

/// 0 and the powers 2^(-k / steps) of both signs, for k from 0 to
/// 2^(bits-1) - 2, in ascending order: `steps` 1 gives the powers of two of
/// INQ (Zhou et al., 2017, section 2.2), 2 those of the square root of two
/// (Miyashita et al., 2016, section 4). Values go to the nearest level, as in
/// INQ, not to that of the nearest logarithm. InvalidFormat unless `bits` is 2
/// to 8 and `steps` 1 to 8.
Result<TableCodecRef> getLogarithmicCodec(unsigned bits, unsigned steps);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_LOGARITHMIC_H
