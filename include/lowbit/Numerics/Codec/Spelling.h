//===- Spelling.h - Codecs by their text ------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_SPELLING_H
#define LOWBIT_NUMERICS_CODEC_SPELLING_H

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/Result.h"

#include <vector>

namespace lowbit::numerics {

/// The codec of a text of the specification, section 1.1, with or without
/// "#lowbit." in front: "affine<i4>", "log<4, 2>", "codebook<[-1, 0, 1]>". A
/// name may stand alone: "i4", "nf4". "kmeans<16>" is the codec of books of 16
/// levels, which the format has. InvalidFormat, with all that there is or what
/// is wrong with it.
Result<CodecRef> parseCodec(std::string_view text);

/// How each codec is written, for messages: "i1 to i8, ..., log<BITS, STEPS>".
std::string codecSpellings();

/// Texts as the specification has them, of all names and of each codec with
/// parameters: "affine<i1>", "log<4, 2>".
std::vector<std::string> codecExamples();

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_SPELLING_H
