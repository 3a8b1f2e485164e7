//===- Companding.h - Levels spaced by a logarithm --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_COMPANDING_H
#define LOWBIT_NUMERICS_CODEC_COMPANDING_H

#include "lowbit/Numerics/Codec/Table.h"

namespace lowbit::numerics {

/// The compressing curves of ITU-T G.711 on [-1, 1], continuous rather than in
/// segments. Values are compressed, quantized to the 2^bits - 1 multiples of
/// 1 / (2^(bits-1) - 1), and expanded again. Codes ascend from 0; the middle
/// one is an exact zero, the ends are -1 and 1. `bits` is 2 to 8.
///
/// mu-law: compress(x) = ln(1 + mu x) / ln(1 + mu) for x >= 0, odd; mu > 0.
Result<TableCodecRef> getMuLawCodec(unsigned bits, double mu);

/// A-law: compress(x) = A x / (1 + ln A) for 0 <= x < 1 / A and
/// (1 + ln(A x)) / (1 + ln A) above, odd; A >= 1.
Result<TableCodecRef> getALawCodec(unsigned bits, double a);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_COMPANDING_H
