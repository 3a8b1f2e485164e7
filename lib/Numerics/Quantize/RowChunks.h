//===- RowChunks.h - Rows in pieces that fit a buffer -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_ROWCHUNKS_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_ROWCHUNKS_H

#include "lowbit/Numerics/Format.h"

#include <algorithm>
#include <cstdint>

namespace lowbit::numerics {

/// Codes that are unpacked at a time: a buffer of this size stays in the
/// first-level cache beside the floats it stands for. A multiple of 8, so
/// chunks of a row begin on a byte of its packed form.
inline constexpr int64_t chunkSize = 4096;

/// How the rows of packed codes can be joined: where the bytes of one end on a
/// byte boundary, and no books are found by the rows of the last axis.
inline RowView::Rows rowsOfCodes(const Granularity &granularity,
                                 const Format &format) {
  ShapeRef shape = granularity.shape();
  bool endsOnByte =
      shape.empty() || shape.back() % 8 * format.codec->bits() % 8 == 0;
  return endsOnByte && !format.books ? RowView::Rows::Longest
                                     : RowView::Rows::LastAxis;
}

/// Elements [offset, offset + length) of a chunk, of which element j uses
/// scale number scale + (j - offset) / block of the row.
struct AlignedRun {
  int64_t offset, length, block, scale;
};

/// Chunks begin anywhere in a block, Codec's rows only where one begins: calls
/// `fn` for the rest of the block that element `begin` of the row lies in, if
/// any, and for what follows it.
template <typename Fn>
void forEachAlignedRun(int64_t begin, int64_t length, int64_t block, Fn &&fn) {
  int64_t head = 0;
  if (int64_t inside = begin % block) {
    head = std::min(length, block - inside);
    fn(AlignedRun{0, head, head, begin / block});
  }
  if (head < length)
    fn(AlignedRun{head, length - head, block, (begin + head) / block});
}

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_ROWCHUNKS_H
