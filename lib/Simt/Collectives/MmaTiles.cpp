//===- MmaTiles.cpp - Operands of mma.sync as matrices, and their product -===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of f16, bf16 and 8-bit floats are exact in f32; sums are rounded to
// f32 after each product, in the order of k. Hardware sums several products at
// a time with a wider accumulator that it truncates, so the last bits differ.
//
//===----------------------------------------------------------------------===//

#include "MmaTiles.h"

#include "Collectives.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

using namespace lowbit;
using namespace lowbit::simt;

// As lib/Numerics/Multiversion.h, but with fused multiply-adds where the
// processor has them: a product is exact, and so the same with and without.
#if defined(__ELF__) && defined(__clang__)
#define LOWBIT_SIMT_MULTIVERSION                                               \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define LOWBIT_SIMT_MULTIVERSION
#endif

namespace {

using Float8 = float __attribute__((vector_size(32)));
using Word8 = uint32_t __attribute__((vector_size(32)));

/// Where column n of B and of the accumulators lies.
constexpr unsigned placeOfColumn[8] = {0, 4, 1, 5, 2, 6, 3, 7};
constexpr unsigned columnAtPlace[8] = {0, 2, 4, 6, 1, 3, 5, 7};

//===----------------------------------------------------------------------===//
// The product
//===----------------------------------------------------------------------===//

template <typename Vector, typename T>
[[gnu::always_inline]] inline void multiplyTile(const T *__restrict a,
                                                const T *__restrict b,
                                                T *__restrict d, unsigned k) {
  // Eight rows at once: enough sums to hide the latency of one.
  for (unsigned half = 0; half < 16; half += 8) {
    Vector sums[8];
    std::memcpy(sums, d + half * 8, sizeof sums);
    for (unsigned i = 0; i < k; ++i) {
      Vector row;
      std::memcpy(&row, b + i * 8, sizeof row);
#pragma clang loop unroll(full)
      for (unsigned r = 0; r < 8; ++r)
        sums[r] += row * a[(half + r) * k + i];
    }
    std::memcpy(d + half * 8, sums, sizeof sums);
  }
}

LOWBIT_SIMT_MULTIVERSION
void multiplyFloats(const float *a, const float *b, float *d, unsigned k) {
  multiplyTile<Float8>(a, b, d, k);
}

LOWBIT_SIMT_MULTIVERSION
void multiplyWords(const uint32_t *a, const uint32_t *b, uint32_t *d,
                   unsigned k) {
  multiplyTile<Word8>(a, b, d, k);
}

/// d += a * b, in the order of k; integers wrap.
void multiplyTiles(const float *a, const float *b, float *d, unsigned k) {
  multiplyFloats(a, b, d, k);
}
void multiplyTiles(const int32_t *a, const int32_t *b, int32_t *d, unsigned k) {
  multiplyWords(reinterpret_cast<const uint32_t *>(a),
                reinterpret_cast<const uint32_t *>(b),
                reinterpret_cast<uint32_t *>(d), k);
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Transposes eight vectors of eight in place.
template <typename Vector>
[[gnu::always_inline]] inline void transpose(Vector *rows) {
  Vector t[8], u[8];
  for (unsigned i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 8, 2, 10, 4, 12, 6,
                                   14);
    t[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 1, 9, 3, 11, 5, 13,
                                       7, 15);
  }
  for (unsigned i = 0; i < 8; i += 4)
    for (unsigned j = 0; j < 2; ++j) {
      u[i + j] = __builtin_shufflevector(t[i + j], t[i + j + 2], 0, 1, 8, 9, 4,
                                         5, 12, 13);
      u[i + j + 2] = __builtin_shufflevector(t[i + j], t[i + j + 2], 2, 3, 10,
                                             11, 6, 7, 14, 15);
    }
  for (unsigned i = 0; i < 4; ++i) {
    rows[i] = __builtin_shufflevector(u[i], u[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    rows[i + 4] =
        __builtin_shufflevector(u[i], u[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

/// From the widened elements of one register of B, eight rows of `count`, to
/// `count` rows of eight in the order of places.
template <typename Vector, typename T>
[[gnu::always_inline]] inline void turn(const T *__restrict in, unsigned count,
                                        T *__restrict out) {
  for (unsigned first = 0; first < count; first += 8) {
    Vector rows[8];
    for (unsigned i = 0; i < 8; ++i)
      std::memcpy(&rows[i], in + columnAtPlace[i] * count + first,
                  sizeof(Vector));
    transpose(rows);
    std::memcpy(out + first * 8, rows, sizeof rows);
  }
}

/// From the widened elements of the registers of A, `perRow` in a row, to its
/// rows.
template <unsigned perRow, typename T>
void placeRows(const T *__restrict in, unsigned k, T *__restrict a) {
  for (unsigned column = 0; column < k; column += perRow)
    for (unsigned row = 0; row < 16; ++row, in += perRow)
      std::memcpy(a + row * k + column, in, perRow * sizeof(T));
}

template <typename T>
void place(const T *in, unsigned perRow, unsigned k, T *a) {
  if (perRow == 8)
    placeRows<8>(in, k, a);
  else if (perRow == 16)
    placeRows<16>(in, k, a);
  else
    placeRows<32>(in, k, a);
}

LOWBIT_SIMT_MULTIVERSION
void widenBF16(const uint16_t *__restrict in, unsigned count,
               float *__restrict out) {
  for (unsigned i = 0; i < count; ++i)
    out[i] = std::bit_cast<float>(static_cast<uint32_t>(in[i]) << 16);
}

LOWBIT_SIMT_MULTIVERSION
void turnWords(const uint32_t *in, unsigned count, uint32_t *out) {
  turn<Word8>(in, count, out);
}

/// Of float and int32_t.
template <typename T>
void turnColumns(const T *in, unsigned count, T *out) {
  turnWords(reinterpret_cast<const uint32_t *>(in), count,
            reinterpret_cast<uint32_t *>(out));
}

float fromFloat8(uint8_t code, unsigned mantissaBits) {
  unsigned exponentBits = 7 - mantissaBits;
  int bias = (1 << (exponentBits - 1)) - 1;
  unsigned mantissa = code & ((1u << mantissaBits) - 1);
  unsigned exponent = (code & 0x7f) >> mantissaBits;
  float value = exponent ? std::ldexp(mantissa + (1u << mantissaBits),
                                      exponent - bias - mantissaBits)
                         : std::ldexp(mantissa, 1 - bias - int(mantissaBits));
  bool isE4M3 = mantissaBits == 3;
  if (isE4M3 ? (code & 0x7f) == 0x7f : exponent == 31 && mantissa)
    value = NAN;
  else if (!isE4M3 && exponent == 31)
    value = INFINITY;
  return code & 0x80 ? -value : value;
}

const std::array<float, 256> &float8Table(unsigned mantissaBits) {
  auto make = [](unsigned bits) {
    std::array<float, 256> table;
    for (unsigned code = 0; code < 256; ++code)
      table[code] = fromFloat8(code, bits);
    return table;
  };
  static const std::array<float, 256> e4m3 = make(3), e5m2 = make(2);
  return mantissaBits == 3 ? e4m3 : e5m2;
}

void widen(const uint32_t *words, ElementType type, unsigned count,
           float *out) {
  auto *halves = reinterpret_cast<const uint16_t *>(words);
  if (type.type == LOWBIT_SIMT_BF16)
    return widenBF16(halves, count, out);
  if (type.type == LOWBIT_SIMT_F16)
    return numerics::f32FromF16(halves, count, out);
  auto *bytes = reinterpret_cast<const uint8_t *>(words);
  const auto &table = float8Table(type.type == LOWBIT_SIMT_E4M3 ? 3 : 2);
  for (unsigned i = 0; i < count; ++i)
    out[i] = table[bytes[i]];
}

void widen(const uint32_t *words, ElementType type, unsigned count,
           int32_t *out) {
  auto *bytes = reinterpret_cast<const uint8_t *>(words);
  switch (type.type) {
  case LOWBIT_SIMT_S8:
    for (unsigned i = 0; i < count; ++i)
      out[i] = static_cast<int8_t>(bytes[i]);
    return;
  case LOWBIT_SIMT_U8:
    for (unsigned i = 0; i < count; ++i)
      out[i] = bytes[i];
    return;
  default:
    int offset = type.type == LOWBIT_SIMT_S4 ? 8 : 0;
    for (unsigned i = 0; i < count; ++i)
      out[i] = ((bytes[i / 2] >> i % 2 * 4 & 15) ^ offset) - offset;
  }
}

} // namespace

ElementType lowbit::simt::elementType(uint32_t type) {
  switch (type) {
  case LOWBIT_SIMT_F16:
  case LOWBIT_SIMT_BF16:
    return {type, 16, false};
  case LOWBIT_SIMT_E4M3:
  case LOWBIT_SIMT_E5M2:
    return {type, 8, false};
  case LOWBIT_SIMT_S8:
  case LOWBIT_SIMT_U8:
    return {type, 8, true};
  case LOWBIT_SIMT_S4:
  case LOWBIT_SIMT_U4:
    return {type, 4, true};
  default:
    return {type, 0, false};
  }
}

template <typename T>
void lowbit::simt::readA(const uint32_t (*rows)[warpSize], ElementType type,
                         unsigned k, MmaTile<T> &tile, T *a) {
  widen(rows[0], type, 16 * k, tile.widened);
  place(tile.widened, type.perRow(), k, a);
}

template <typename T>
void lowbit::simt::readB(const uint32_t (*rows)[warpSize], ElementType type,
                         unsigned k, MmaTile<T> &tile, T *b) {
  widen(rows[0], type, 8 * k, tile.widened);
  for (unsigned i = 0, step = type.perRow(); i < k; i += step)
    turnColumns(tile.widened + 8 * i, step, b + 8 * i);
}

template void lowbit::simt::readA(const uint32_t (*)[warpSize], ElementType,
                                  unsigned, MmaTile<float> &, float *);
template void lowbit::simt::readA(const uint32_t (*)[warpSize], ElementType,
                                  unsigned, MmaTile<int32_t> &, int32_t *);
template void lowbit::simt::readB(const uint32_t (*)[warpSize], ElementType,
                                  unsigned, MmaTile<float> &, float *);
template void lowbit::simt::readB(const uint32_t (*)[warpSize], ElementType,
                                  unsigned, MmaTile<int32_t> &, int32_t *);

//===----------------------------------------------------------------------===//
// Accumulators
//===----------------------------------------------------------------------===//

unsigned lowbit::simt::accumulatorRegisters(const Site &site) {
  return site.attributes[5] == LOWBIT_SIMT_F16 ? 2 : 4;
}

void lowbit::simt::checkSlots(Block &block, const Site &site, unsigned a,
                              unsigned b, unsigned others) {
  unsigned registers = accumulatorRegisters(site);
  if (site.operands != a + b + registers + others || site.results != registers)
    failInvalidSite(block, site, "it has another number of registers");
}

// Registers 0 and 1 of C are the even and the odd columns of rows 0 to 7, as
// 8x4 matrices; 2 and 3 those of rows 8 to 15.
template <typename T>
static void readC(const uint32_t (*rows)[warpSize], T *d) {
  for (unsigned half = 0; half < 2; ++half)
    for (unsigned row = 0; row < 8; ++row)
      for (unsigned odd = 0; odd < 2; ++odd)
        std::memcpy(d + (half * 8 + row) * 8 + odd * 4,
                    &rows[half * 2 + odd][row * 4], 16);
}

template <typename T>
static void writeD(const T *d, uint32_t (*rows)[warpSize]) {
  for (unsigned half = 0; half < 2; ++half)
    for (unsigned row = 0; row < 8; ++row)
      for (unsigned odd = 0; odd < 2; ++odd)
        std::memcpy(&rows[half * 2 + odd][row * 4],
                    d + (half * 8 + row) * 8 + odd * 4, 16);
}

void lowbit::simt::accumulate(Warp &warp, const Site &site,
                              const uint32_t (*rows)[warpSize],
                              MmaTile<float> &tile) {
  unsigned k = site.attributes[2];
  if (site.attributes[5] == LOWBIT_SIMT_F32) {
    readC(rows, tile.d);
    multiplyTiles(tile.a, tile.b, tile.d, k);
    writeD(tile.d, warp.out);
    return;
  }
  // Two packed f16 in a register: columns 2c and 2c + 1 of a row.
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      uint32_t pair = rows[row / 8][row % 8 * 4 + column / 2];
      tile.d[row * 8 + placeOfColumn[column]] =
          numerics::f32FromF16(pair >> column % 2 * 16);
    }
  multiplyTiles(tile.a, tile.b, tile.d, k);
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned pair = 0; pair < 4; ++pair)
      warp.out[row / 8][row % 8 * 4 + pair] =
          numerics::f16FromF32(tile.d[row * 8 + pair]) |
          static_cast<uint32_t>(
              numerics::f16FromF32(tile.d[row * 8 + 4 + pair]))
              << 16;
}

void lowbit::simt::accumulate(Warp &warp, const Site &site,
                              const uint32_t (*rows)[warpSize],
                              MmaTile<int32_t> &tile) {
  unsigned k = site.attributes[2];
  bool saturates = site.attributes[6] & 1;
  if (saturates)
    std::memset(tile.d, 0, sizeof tile.d);
  else
    readC(rows, tile.d);
  multiplyTiles(tile.a, tile.b, tile.d, k);
  if (saturates) {
    // The product alone cannot overflow: 128 * 255 * 255 < 2^31.
    alignas(64) int32_t c[16 * 8];
    readC(rows, c);
    for (unsigned i = 0; i < 16 * 8; ++i)
      tile.d[i] =
          std::clamp<int64_t>(int64_t(tile.d[i]) + c[i], INT32_MIN, INT32_MAX);
  }
  writeD(tile.d, warp.out);
}
