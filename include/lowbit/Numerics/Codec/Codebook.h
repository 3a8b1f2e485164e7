//===- Codebook.h - Codes that index a table of levels ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_CODEBOOK_H
#define LOWBIT_NUMERICS_CODEC_CODEBOOK_H

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/Result.h"

#include <span>
#include <vector>

namespace lowbit::numerics {

/// A codec whose code is the index of a level in an ascending table.
class CodebookCodec final : public Codec {
public:
  /// A codebook of 2^bits finite, strictly ascending levels (bits 1 to 8).
  /// InvalidFormat, naming the first offending level, for any other table.
  static Result<std::shared_ptr<const CodebookCodec>>
  get(std::string name, std::vector<float> levels);

  std::span<const float> levels() const { return table; }

  using Codec::decodeRow;
  using Codec::encodeRow;
  float decode(int code) const override { return table[code]; }
  void encodeRow(const float *x, size_t n, size_t block, const float *scales,
                 const int8_t *zeroPoints, int8_t *codes) const override;
  void decodeRow(const int8_t *codes, size_t n, size_t block,
                 const float *scales, const int8_t *zeroPoints,
                 float *out) const override;

private:
  CodebookCodec(std::string name, unsigned bits, std::vector<float> levels);

  std::vector<float> table;
  /// thresholds[i] is the largest float not above the midpoint of levels i and
  /// i + 1, so `x > thresholds[i]` is exactly "nearer to level i + 1, ties to
  /// the lower code". Padded with infinity to at least 15 entries.
  std::vector<float> thresholds;
};

/// NormalFloat 4 (Dettmers et al., QLoRA, 2023, section 3): 16 levels at equal
/// steps of the normal distribution's quantile function, 8 of them positive, 7
/// negative and an exact zero, divided by the largest. Codes 0..15 in
/// ascending order of level; level 0 is -1 and level 15 is 1.
std::shared_ptr<const CodebookCodec> getNF4Codec();

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_CODEBOOK_H
