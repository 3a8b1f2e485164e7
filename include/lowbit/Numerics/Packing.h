//===- Packing.h - The rows layout: codes of few bits in bytes --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_PACKING_H
#define LOWBIT_NUMERICS_PACKING_H

#include "lowbit/Numerics/Parallel.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace lowbit::numerics {

/// Bytes of one packed row of `n` codes: ceil(n * bits / 8).
constexpr size_t packedRowBytes(size_t n, unsigned bits) {
  // In two parts, so that n * bits cannot overflow.
  return n / 8 * bits + (n % 8 * bits + 7) / 8;
}

/// The rows that integers of some shape are packed in, each from a byte of its
/// own on: the last axis of a vector or a matrix, and of a tensor of more
/// dimensions all that lies behind the first one. A scalar is a row of one.
struct PackedRows {
  explicit PackedRows(std::span<const int64_t> shape);
  PackedRows(int64_t count, int64_t length) : count(count), length(length) {}

  /// How many there are, and of how many integers.
  int64_t count = 1, length = 1;

  int64_t rowBytes(unsigned bits) const { return packedRowBytes(length, bits); }
  int64_t bytes(unsigned bits) const { return count * rowBytes(bits); }
  /// Whether each row fills its last byte, so that all are one long row.
  bool fillBytes(unsigned bits) const { return length % 8 * bits % 8 == 0; }
};

/// Packs a row of `n` unpacked codes (one per byte, see Codec). Code i takes
/// the bits [i * bits, (i + 1) * bits) of the row, counted from the lowest bit
/// of its first byte; unused bits of the last byte are zero. `bits` is 1 to 8,
/// or 16 for codes of two bytes.
void packRow(const int8_t *codes, size_t n, unsigned bits, uint8_t *out);

/// Exact inverse of packRow; `isSigned` extends the sign of each code.
void unpackRow(const uint8_t *bytes, size_t n, unsigned bits, bool isSigned,
               int8_t *codes);

/// packRow and unpackRow over consecutive rows; the packed ones follow each
/// other at a distance of rowBytes(bits).
void packRows(const int8_t *codes, const PackedRows &rows, unsigned bits,
              uint8_t *out, ThreadCount threads = 1);
void unpackRows(const uint8_t *bytes, const PackedRows &rows, unsigned bits,
                bool isSigned, int8_t *codes, ThreadCount threads = 1);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_PACKING_H
