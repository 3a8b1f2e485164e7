//===- MmaCase.h - One product of matrices by one warp ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_SIMT_MMACASE_H
#define LOWBIT_UNITTESTS_SIMT_MMACASE_H

#include "Device.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <cmath>
#include <random>

/// Matrices as codes of their types, and what a kernel does with them.
struct MmaCase {
  MmaCase(unsigned k, uint32_t typeA, uint32_t typeB, uint32_t typeC)
      : k(k), typeA(typeA), typeB(typeB), typeC(typeC) {}

  unsigned k;
  uint32_t typeA, typeB, typeC;
  bool saturates = false, extremeC = false;
  bool sparse = false, ordered = false;
  unsigned selector = 0;
  device::Site site;

  uint32_t a[16][128] = {}, b[128][8] = {}, c[16][8] = {}, d[16][8] = {};
  /// Of sparse A, for each two stored units their places among four.
  uint8_t places[16][64] = {};

  void makeSparse(unsigned which, bool isOrdered) {
    sparse = true;
    selector = which;
    ordered = isOrdered;
  }

  static unsigned bitsOf(uint32_t type) {
    if (type == LOWBIT_SIMT_S4 || type == LOWBIT_SIMT_U4)
      return 4;
    return type == LOWBIT_SIMT_F16 || type == LOWBIT_SIMT_BF16 ? 16 : 8;
  }
  /// Elements in a register of A and B, and in a unit of sparsity.
  unsigned perRegister() const { return 32 / bitsOf(typeA); }
  unsigned unit() const { return bitsOf(typeA) == 4 ? 2 : 1; }

  static double decode(uint32_t type, uint32_t code) {
    using namespace lowbit::numerics;
    switch (type) {
    case LOWBIT_SIMT_F16:
      return f32FromF16(code);
    case LOWBIT_SIMT_BF16:
      return f32FromBF16(code);
    case LOWBIT_SIMT_F32:
      return std::bit_cast<float>(code);
    case LOWBIT_SIMT_S8:
      return static_cast<int8_t>(code);
    case LOWBIT_SIMT_S4:
      return static_cast<int>(code ^ 8) - 8;
    case LOWBIT_SIMT_S32:
      return static_cast<int32_t>(code);
    case LOWBIT_SIMT_E4M3:
    case LOWBIT_SIMT_E5M2: {
      unsigned mantissaBits = type == LOWBIT_SIMT_E4M3 ? 3 : 2;
      int bias = type == LOWBIT_SIMT_E4M3 ? 7 : 15;
      int exponent = (code & 0x7f) >> mantissaBits;
      double mantissa =
          double(code & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
      double magnitude = exponent ? std::ldexp(1 + mantissa, exponent - bias)
                                  : std::ldexp(mantissa, 1 - bias);
      return code & 0x80 ? -magnitude : magnitude;
    }
    default:
      return code;
    }
  }

  /// Random codes of moderate values.
  static uint32_t randomCode(std::mt19937 &random, uint32_t type) {
    std::normal_distribution<float> normal;
    switch (type) {
    case LOWBIT_SIMT_F16:
      return lowbit::numerics::f16FromF32(normal(random));
    case LOWBIT_SIMT_BF16:
      return lowbit::numerics::bf16FromF32(normal(random));
    case LOWBIT_SIMT_F32:
      return std::bit_cast<uint32_t>(normal(random));
    case LOWBIT_SIMT_S32:
      return random() % 100000 - 50000;
    case LOWBIT_SIMT_E4M3:
    case LOWBIT_SIMT_E5M2:
      // Neither NaN nor infinite.
      return random() % 0x78 | (random() % 2) << 7;
    default:
      return random() & ((1u << bitsOf(type)) - 1);
    }
  }

  void fill(bool sorted) {
    std::mt19937 random(k + typeA * 7 + selector);
    for (auto &row : b)
      for (uint32_t &code : row)
        code = randomCode(random, typeB);
    for (auto &row : c)
      for (uint32_t &code : row) {
        code = randomCode(random, typeC);
        if (extremeC)
          code = random() % 2 ? 0x7ffffff0 : 0x80000010;
      }
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned column = 0; column < k; ++column)
        a[row][column] = randomCode(random, typeA);
    if (!sparse)
      return;
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned pair = 0; pair < k / unit() / 4; ++pair) {
        unsigned first = random() % 4, second = (first + 1 + random() % 3) % 4;
        if ((ordered || sorted) && first > second)
          std::swap(first, second);
        places[row][2 * pair] = first;
        places[row][2 * pair + 1] = second;
        for (unsigned i = 0; i < 4; ++i)
          if (i != first && i != second)
            for (unsigned j = 0; j < unit(); ++j)
              a[row][(4 * pair + i) * unit() + j] = 0;
      }
  }

  /// The code that A stores in `column`, compressed if it is sparse.
  uint32_t storedA(unsigned row, unsigned column) const {
    if (!sparse)
      return a[row][column];
    unsigned index = column / unit();
    unsigned dense = index / 2 * 4 + places[row][index];
    return a[row][dense * unit() + column % unit()];
  }

  /// Metadata of `count` stored units of `row` from `first`.
  uint32_t metadata(unsigned row, unsigned first, unsigned count) const {
    uint32_t word = 0;
    for (unsigned i = 0; i < count; ++i)
      word |= static_cast<uint32_t>(places[row][first + i]) << (2 * i);
    return word;
  }

  /// What the register of `lane` holds; garbage where no one looks.
  uint32_t metadataOf(unsigned lane) const {
    unsigned group = lane / 4, t = lane % 4;
    constexpr uint32_t garbage = 0x5a5a5a5a;
    if (bitsOf(typeA) == 16) {
      if (k == 16)
        return t == selector
                   ? metadata(group, 0, 8) | metadata(group + 8, 0, 8) << 16
                   : garbage;
      return t / 2 == selector ? metadata(group, t % 2 * 8, 8) |
                                     metadata(group + 8, t % 2 * 8, 8) << 16
                               : garbage;
    }
    if (k == 16 * perRegister())
      return metadata(group + 8 * (t % 2), t / 2 * 16, 16);
    return t / 2 == selector ? metadata(group + 8 * (t % 2), 0, 16) : garbage;
  }

  /// Launches the kernel.
  device::Result<device::Report> launch() {
    // Registers of A, B and C, and of what is sparse.
    unsigned fourths = k / (4 * perRegister());
    unsigned registers = typeC == LOWBIT_SIMT_F16 ? 2 : 4;
    unsigned operands = sparse ? 2 * fourths + 2 : 3 * fourths;
    site = device::makeSite(sparse ? LOWBIT_SIMT_MMA_SPARSE : LOWBIT_SIMT_MMA,
                            operands + registers, registers,
                            {16, 8, k, typeA, typeB, typeC,
                             uint32_t(saturates) | uint32_t(ordered) << 1},
                            "mma");
    return device::run(
        [](void **parameters) {
          device::argument<MmaCase>(parameters)->multiply();
        },
        this);
  }

private:
  /// The kernel.
  void multiply() {
    unsigned lane = device::lane(), group = lane / 4, t = lane % 4;
    unsigned r = perRegister(), bitCount = bitsOf(typeA);
    unsigned storedK = sparse ? k / 2 : k;
    uint64_t slots[16] = {}, results[4] = {};
    unsigned count = 0;
    for (unsigned q = 0; q < storedK / (4 * r) * 2; ++q, ++count)
      for (unsigned i = 0; i < r; ++i)
        slots[count] |=
            uint64_t(storedA(group + 8 * (q % 2), r * t + i + 4 * r * (q / 2)))
            << (i * bitCount);
    for (unsigned q = 0; q < k / (4 * r); ++q, ++count)
      for (unsigned i = 0; i < r; ++i)
        slots[count] |= uint64_t(b[r * t + i + 4 * r * q][group])
                        << (i * bitCount);
    unsigned registers = typeC == LOWBIT_SIMT_F16 ? 2 : 4;
    for (unsigned i = 0; i < 4; ++i) {
      uint64_t code = c[group + 8 * (i / 2)][2 * t + i % 2];
      if (registers == 4)
        slots[count + i] = code;
      else
        slots[count + i / 2] |= code << (i % 2 * 16);
    }
    count += registers;
    if (sparse) {
      slots[count++] = metadataOf(lane);
      slots[count++] = selector;
    }
    lowbit_simt_op(&site, slots, results);
    for (unsigned i = 0; i < 4; ++i)
      d[group + 8 * (i / 2)][2 * t + i % 2] =
          registers == 4 ? results[i] : results[i / 2] >> (i % 2 * 16) & 0xffff;
  }

public:
  void compare() const {
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned column = 0; column < 8; ++column) {
        double sum = decode(typeC, c[row][column]), magnitude = std::abs(sum);
        for (unsigned i = 0; i < k; ++i) {
          double product =
              decode(typeA, a[row][i]) * decode(typeB, b[i][column]);
          sum += product;
          magnitude += std::abs(product);
        }
        double got = decode(typeC, d[row][column]);
        if (typeC == LOWBIT_SIMT_S32) {
          if (saturates)
            sum = std::clamp<double>(sum, INT32_MIN, INT32_MAX);
          else
            sum = static_cast<int32_t>(static_cast<int64_t>(sum));
          ASSERT_EQ(got, sum) << "row " << row << ", column " << column;
          continue;
        }
        double bound = magnitude * k * 0x1p-24;
        if (typeC == LOWBIT_SIMT_F16)
          bound += std::abs(sum) * 0x1p-11;
        ASSERT_NEAR(got, sum, bound) << "row " << row << ", column " << column;
      }
  }
};

#endif // LOWBIT_UNITTESTS_SIMT_MMACASE_H
