//===- Packing.h - The rows layout: codes of few bits in bytes --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_PACKING_H
#define LOWBIT_NUMERICS_PACKING_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Bytes of one packed row of `n` codes: ceil(n * bits / 8).
constexpr size_t packedRowBytes(size_t n, unsigned bits) {
  // In two parts, so that n * bits cannot overflow.
  return n / 8 * bits + (n % 8 * bits + 7) / 8;
}

/// Shape of the packed bytes of codes of `shape`: the last axis becomes
/// packedRowBytes of it; rank 0 becomes one byte and stays rank 0.
std::vector<int64_t> packedShape(std::span<const int64_t> shape, unsigned bits);

/// Packs a row of `n` unpacked codes (one per byte, see Codec). Code i takes
/// the bits [i * bits, (i + 1) * bits) of the row, counted from the lowest bit
/// of its first byte; unused bits of the last byte are zero. `bits` is 1 to 8,
/// or 16 for codes of two bytes.
void packRow(const int8_t *codes, size_t n, unsigned bits, uint8_t *out);

/// Exact inverse of packRow; `isSigned` extends the sign of each code.
void unpackRow(const uint8_t *bytes, size_t n, unsigned bits, bool isSigned,
               int8_t *codes);

/// packRow and unpackRow over `rows` consecutive rows of `n` codes; the packed
/// rows follow each other at a distance of packedRowBytes(n, bits).
void packRows(const int8_t *codes, size_t rows, size_t n, unsigned bits,
              uint8_t *out);
void unpackRows(const uint8_t *bytes, size_t rows, size_t n, unsigned bits,
                bool isSigned, int8_t *codes);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_PACKING_H
