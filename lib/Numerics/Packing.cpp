//===- Packing.cpp - The rows layout: codes of few bits in bytes ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Packing.h"

#include "Multiversion.h"

#include <algorithm>
#include <bit>
#include <cstring>

using namespace lowbit::numerics;

static_assert(std::endian::native == std::endian::little,
              "groups of 8 codes are moved through a little-endian word");

namespace {

/// Packs 8 codes into the lowest 8 * bits bits of a word.
inline uint64_t packEight(const int8_t *codes, unsigned bits) {
  uint64_t word = 0, mask = (1u << bits) - 1;
  for (unsigned i = 0; i < 8; ++i)
    word |= (static_cast<uint8_t>(codes[i]) & mask) << (i * bits);
  return word;
}

inline int8_t extend(uint64_t code, unsigned bits, bool isSigned) {
  int value = static_cast<int>(code & ((1u << bits) - 1));
  int sign = isSigned ? 1 << (bits - 1) : 0;
  return static_cast<int8_t>((value ^ sign) - sign);
}

inline void unpackEight(uint64_t word, unsigned bits, bool isSigned,
                        int8_t *codes) {
  for (unsigned i = 0; i < 8; ++i)
    codes[i] = extend(word >> (i * bits), bits, isSigned);
}

LOWBIT_MULTIVERSION
void packNibbles(const int8_t *__restrict codes, size_t bytes,
                 uint8_t *__restrict out) {
  for (size_t i = 0; i < bytes; ++i) {
    uint16_t two;
    std::memcpy(&two, codes + 2 * i, 2);
    out[i] = static_cast<uint8_t>((two & 0xf) | (two >> 4 & 0xf0));
  }
}

LOWBIT_MULTIVERSION
void packPairsOfBits(const int8_t *__restrict codes, size_t bytes,
                     uint8_t *__restrict out) {
  for (size_t i = 0; i < bytes; ++i) {
    uint32_t four;
    std::memcpy(&four, codes + 4 * i, 4);
    out[i] = static_cast<uint8_t>((four & 0x3) | (four >> 6 & 0xc) |
                                  (four >> 12 & 0x30) | (four >> 18 & 0xc0));
  }
}

LOWBIT_MULTIVERSION
void unpackNibbles(const uint8_t *__restrict bytes, size_t count, int sign,
                   int8_t *__restrict codes) {
  for (size_t i = 0; i < count; ++i) {
    int low = bytes[i] & 0xf, high = bytes[i] >> 4;
    codes[2 * i] = static_cast<int8_t>((low ^ sign) - sign);
    codes[2 * i + 1] = static_cast<int8_t>((high ^ sign) - sign);
  }
}

LOWBIT_MULTIVERSION
void unpackPairsOfBits(const uint8_t *__restrict bytes, size_t count, int sign,
                       int8_t *__restrict codes) {
  for (size_t i = 0; i < count; ++i)
    for (unsigned k = 0; k < 4; ++k)
      codes[4 * i + k] =
          static_cast<int8_t>(((bytes[i] >> (2 * k) & 3) ^ sign) - sign);
}

} // namespace

PackedRows::PackedRows(std::span<const int64_t> shape) {
  if (shape.empty())
    return;
  size_t first = shape.size() == 1 ? 0 : 1;
  count = first == 0 ? 1 : shape.front();
  for (int64_t size : shape.subspan(first))
    length *= size;
}

void lowbit::numerics::packRow(const int8_t *codes, size_t n, unsigned bits,
                               uint8_t *out) {
  if (n == 0)
    return;
  size_t done = 0;
  if (bits >= 8) {
    std::memcpy(out, codes, n * (bits / 8));
    return;
  }
  if (bits == 4) {
    done = n / 2 * 2;
    packNibbles(codes, done / 2, out);
  } else if (bits == 2) {
    done = n / 4 * 4;
    packPairsOfBits(codes, done / 4, out);
  } else {
    for (; done + 8 <= n; done += 8) {
      uint64_t word = packEight(codes + done, bits);
      std::memcpy(out + done / 8 * bits, &word, bits);
    }
  }
  // The rest starts at a byte boundary and fills less than eight codes.
  if (done < n) {
    int8_t last[8] = {};
    std::memcpy(last, codes + done, n - done);
    uint64_t word = packEight(last, bits);
    size_t begin = done * bits / 8;
    std::memcpy(out + begin, &word, packedRowBytes(n, bits) - begin);
  }
}

void lowbit::numerics::unpackRow(const uint8_t *bytes, size_t n, unsigned bits,
                                 bool isSigned, int8_t *codes) {
  if (n == 0)
    return;
  size_t done = 0;
  if (bits >= 8) {
    std::memcpy(codes, bytes, n * (bits / 8));
    return;
  }
  int sign = isSigned ? 1 << (bits - 1) : 0;
  if (bits == 4) {
    done = n / 2 * 2;
    unpackNibbles(bytes, done / 2, sign, codes);
  } else if (bits == 2) {
    done = n / 4 * 4;
    unpackPairsOfBits(bytes, done / 4, sign, codes);
  } else {
    for (; done + 8 <= n; done += 8) {
      uint64_t word = 0;
      std::memcpy(&word, bytes + done / 8 * bits, bits);
      unpackEight(word, bits, isSigned, codes + done);
    }
  }
  if (done < n) {
    uint64_t word = 0;
    size_t begin = done * bits / 8;
    std::memcpy(&word, bytes + begin, packedRowBytes(n, bits) - begin);
    int8_t last[8];
    unpackEight(word, bits, isSigned, last);
    std::memcpy(codes + done, last, n - done);
  }
}

/// Calls `fn(code, count, byte)` for pieces of rows, which begin on a byte.
template <typename Fn>
static void forEachPiece(const PackedRows &rows, unsigned bits,
                         ThreadCount threads, Fn &&fn) {
  // A multiple of 8 codes.
  constexpr int64_t pieceCodes = 65536;
  int64_t count = rows.count, length = rows.length;
  if (rows.fillBytes(bits)) {
    length *= count;
    count = 1;
  }
  int64_t rowBytes = packedRowBytes(length, bits);
  int64_t pieces = (length + pieceCodes - 1) / pieceCodes;
  int64_t grain = pieces == 1 ? (pieceCodes - 1) / length + 1 : 1;
  parallelFor(threads, count * pieces, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t row = i / pieces, first = i % pieces * pieceCodes;
      fn(row * length + first, std::min(pieceCodes, length - first),
         row * rowBytes + first / 8 * bits);
    }
  });
}

void lowbit::numerics::packRows(const int8_t *codes, const PackedRows &rows,
                                unsigned bits, uint8_t *out,
                                ThreadCount threads) {
  int64_t codeBytes = bits > 8 ? bits / 8 : 1;
  forEachPiece(rows, bits, threads,
               [&](int64_t code, int64_t count, int64_t byte) {
                 packRow(codes + code * codeBytes, count, bits, out + byte);
               });
}

void lowbit::numerics::unpackRows(const uint8_t *bytes, const PackedRows &rows,
                                  unsigned bits, bool isSigned, int8_t *codes,
                                  ThreadCount threads) {
  int64_t codeBytes = bits > 8 ? bits / 8 : 1;
  forEachPiece(rows, bits, threads,
               [&](int64_t code, int64_t count, int64_t byte) {
                 unpackRow(bytes + byte, count, bits, isSigned,
                           codes + code * codeBytes);
               });
}
