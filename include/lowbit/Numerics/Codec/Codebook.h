//===- Codebook.h - Tables of levels that have a name -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_CODEBOOK_H
#define LOWBIT_NUMERICS_CODEC_CODEBOOK_H

#include "lowbit/Numerics/Codec/Table.h"

namespace lowbit::numerics {

/// A codebook of 2 to 256 finite, strictly ascending levels, numbered from 0;
/// ties go to the lower level. InvalidFormat, naming the first offending
/// level, for any other table.
Result<TableCodecRef> getCodebookCodec(std::string name,
                                       std::vector<float> levels);

/// NormalFloat 4 (Dettmers et al., QLoRA, 2023, section 3): 16 levels at equal
/// steps of the normal distribution's quantile function, 8 of them positive, 7
/// negative and an exact zero, divided by the largest. Codes 0..15 in
/// ascending order of level; level 0 is -1 and level 15 is 1.
TableCodecRef getNF4Codec();

/// The levels of NF4 times 127, rounded to integers of 8 bits.
TableCodecRef getNF4I8Codec();

/// The 15 different values of E2M1, -6 to 6, in ascending order. The float type
/// itself, whose codes are sign and magnitude, is f4E2M1FN.
TableCodecRef getFP4Codec();

/// The 4-bit float of bitsandbytes: its table, -1 to 1, with its codes, which
/// are a sign over a magnitude in no order. Code 8 is a zero, never chosen.
TableCodecRef getBnbFP4Codec();

/// -1 and 1.
TableCodecRef getBinaryCodec();

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_CODEBOOK_H
