//===- RunEncoder.h - Encodes and decodes pieces of rows --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_RUNENCODER_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_RUNENCODER_H

#include "Offsets.h"
#include "RowChunks.h"
#include "lowbit/Numerics/Quantize/BlockParameters.h"

namespace lowbit::numerics {

/// Encodes pieces of rows that begin and end anywhere in a block.
class RunEncoder {
public:
  /// Both are to outlive this.
  RunEncoder(const Codec &codec, const BlockParameters &parameters)
      : codec(codec), parameters(parameters) {}

  /// The `n` values at element `begin` of a row, at most chunkSize, whose
  /// blocks hold `block` elements of the row. The parameters of the row begin
  /// at number `first`.
  void encode(const float *x, int64_t begin, int64_t n, int64_t block,
              int64_t first, int8_t *codes) const {
    encode(x, begin, n, block, parameters.scales.data() + first, first, codes);
  }

  /// The same with scales of the row from another place.
  void encode(const float *x, int64_t begin, int64_t n, int64_t block,
              const float *scales, int64_t first, int8_t *codes) const {
    float shifted[chunkSize];
    forEachAlignedRun(begin, n, block, [&](const AlignedRun &run) {
      const float *values = x + run.offset;
      int64_t place = first + run.scale;
      if (!parameters.offsets.empty()) {
        subtractOffsets(values, run.length, run.block,
                        parameters.offsets.data() + place, shifted);
        values = shifted;
      }
      codec.encodeRow(values, run.length, run.block, scales + run.scale,
                      parameters.zeroPoints.empty()
                          ? nullptr
                          : parameters.zeroPoints.data() + place,
                      codes + run.offset * codec.codeBytes());
    });
  }

private:
  const Codec &codec;
  const BlockParameters &parameters;
};

/// Decodes them likewise.
class RunDecoder {
public:
  RunDecoder(const Codec &codec, const BlockParameters &parameters)
      : codec(codec), parameters(parameters) {}

  void decode(const int8_t *codes, int64_t begin, int64_t n, int64_t block,
              int64_t first, float *out) const {
    forEachAlignedRun(begin, n, block, [&](const AlignedRun &run) {
      int64_t place = first + run.scale;
      float *values = out + run.offset;
      codec.decodeRow(codes + run.offset * codec.codeBytes(), run.length,
                      run.block, parameters.scales.data() + place,
                      parameters.zeroPoints.empty()
                          ? nullptr
                          : parameters.zeroPoints.data() + place,
                      values);
      if (!parameters.offsets.empty())
        addOffsets(values, run.length, run.block,
                   parameters.offsets.data() + place);
    });
  }

private:
  const Codec &codec;
  const BlockParameters &parameters;
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_RUNENCODER_H
