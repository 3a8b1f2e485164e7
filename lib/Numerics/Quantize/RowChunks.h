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
#include "lowbit/Numerics/Packing.h"

#include <algorithm>
#include <cstdint>

namespace lowbit::numerics {

/// Codes that are unpacked at a time: a buffer of this size stays in the
/// first-level cache beside the floats it stands for. A multiple of 8, so
/// chunks of a row begin on a byte of its packed form.
inline constexpr int64_t chunkSize = 4096;

/// The rows in which a dense tensor is quantized and decoded, as long as they
/// can be without one going over the end of a packed row that has padding.
/// Books are found by the rows of the last axis.
inline RowView::Rows rowsOfCodes(const Granularity &granularity,
                                 const Format &format) {
  if (format.books)
    return RowView::Rows::LastAxis;
  return PackedRows(granularity.shape()).fillBytes(format.codec->bits())
             ? RowView::Rows::Longest
             : RowView::Rows::BehindFirst;
}

/// Where elements, by their row-major numbers, have their packed codes.
class CodePlaces {
public:
  CodePlaces(ShapeRef shape, unsigned bits)
      : bits(bits), length(PackedRows(shape).length),
        rowBytes(packedRowBytes(length, bits)) {
    // Rows without padding are one row.
    if (PackedRows(shape).fillBytes(bits)) {
      length *= PackedRows(shape).count;
      rowBytes = 0;
    }
  }

  /// How many codes before that of an element a byte begins, 0 to 7.
  int64_t codesBefore(int64_t element) const {
    int64_t place = element % length % 8;
    return place * bits % 8 == 0 ? 0 : place;
  }
  /// The byte that begins there.
  int64_t byte(int64_t element) const {
    int64_t place = element % length - codesBefore(element);
    return element / length * rowBytes + place / 8 * bits +
           place % 8 * bits / 8;
  }
  /// Whether all rows of `rowLength` elements, which no end of a packed row
  /// cuts, begin with a byte.
  bool beginWithBytes(int64_t rowLength) const {
    return bits >= 8 || rowLength == length || rowLength % 8 * bits % 8 == 0;
  }

private:
  int64_t bits;
  int64_t length;
  int64_t rowBytes;
};

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
