//===- BitOrder.cpp - Orders of packed codes of other projects ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Layout/BitOrder.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

using namespace lowbit::numerics;

/// Calls `fn(code, byte, shift)` for the places of a split row's codes.
template <typename Fn>
static void forEachSplit(int64_t length, unsigned bits, int64_t block,
                         Fn &&fn) {
  for (int64_t begin = 0, byte = 0; begin < length; begin += block) {
    int64_t count = std::min(block, length - begin);
    int64_t bytes = packedRowBytes(count, bits);
    for (int64_t i = 0; i < count; ++i)
      fn(begin + i, byte + i % bytes, i / bytes * bits);
    byte += bytes;
  }
}

static void packOrdered(const int8_t *codes, int64_t length, unsigned bits,
                        BitOrder order, uint8_t *out) {
  unsigned mask = (1u << bits) - 1;
  std::fill_n(out, packedRowBytes(length, bits), 0);
  if (order.kind == BitOrder::Kind::Split)
    return forEachSplit(length, bits, order.block,
                        [&](int64_t i, int64_t byte, unsigned shift) {
                          out[byte] |= (codes[i] & mask) << shift;
                        });
  // Bits from the top of each byte on, codes from their highest bit on.
  for (int64_t i = 0; i < length; ++i)
    for (unsigned b = 0; b < bits; ++b) {
      int64_t place = i * bits + b;
      unsigned bit = codes[i] >> (bits - 1 - b) & 1;
      out[place / 8] |= bit << (7 - place % 8);
    }
}

static void unpackOrdered(const uint8_t *in, int64_t length, unsigned bits,
                          BitOrder order, int8_t *codes) {
  unsigned mask = (1u << bits) - 1;
  if (order.kind == BitOrder::Kind::Split)
    return forEachSplit(length, bits, order.block,
                        [&](int64_t i, int64_t byte, unsigned shift) {
                          codes[i] =
                              static_cast<int8_t>(in[byte] >> shift & mask);
                        });
  for (int64_t i = 0; i < length; ++i) {
    unsigned code = 0;
    for (int64_t place = i * bits; place < (i + 1) * bits; ++place)
      code = code << 1 | (in[place / 8] >> (7 - place % 8) & 1);
    codes[i] = static_cast<int8_t>(code);
  }
}

std::optional<Error> lowbit::numerics::verifyBitOrder(unsigned bits,
                                                      BitOrder order) {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  if (bits < 1 || bits > 8)
    return invalid("bit orders are of codes of 1 to 8 bits, not of " +
                   std::to_string(bits));
  if (order.kind != BitOrder::Kind::Split)
    return std::nullopt;
  if (!std::has_single_bit(bits))
    return invalid("split codes have 1, 2, 4 or 8 bits, not " +
                   std::to_string(bits));
  if (order.block < 1 || order.block % (8 / bits) != 0)
    return invalid("split blocks of " + std::to_string(order.block) +
                   " codes of " + std::to_string(bits) +
                   " bits are not whole bytes");
  return std::nullopt;
}

/// Unpacks and packs again, row by row.
template <typename Fn>
static std::optional<Error>
reorder(std::span<const uint8_t> in, const PackedRows &rows, unsigned bits,
        BitOrder order, std::span<uint8_t> out, ThreadCount threads, Fn &&fn) {
  if (auto error = verifyBitOrder(bits, order))
    return error;
  int64_t rowBytes = rows.rowBytes(bits);
  if (std::cmp_not_equal(in.size(), rows.bytes(bits)) ||
      std::cmp_not_equal(out.size(), rows.bytes(bits)))
    return Error{Error::Kind::InvalidFormat,
                 "packed rows of " + std::to_string(in.size()) + " and " +
                     std::to_string(out.size()) + " bytes where " +
                     std::to_string(rows.bytes(bits)) + " are needed"};
  if (order.kind == BitOrder::Kind::LowFirst) {
    std::copy(in.begin(), in.end(), out.begin());
    return std::nullopt;
  }
  int64_t grain =
      std::max<int64_t>(65536 / std::max<int64_t>(rows.length, 1), 1);
  parallelFor(threads, rows.count, grain, [&](int64_t begin, int64_t end) {
    std::vector<int8_t> codes(rows.length);
    for (int64_t row = begin; row < end; ++row)
      fn(in.data() + row * rowBytes, codes.data(), out.data() + row * rowBytes);
  });
  return std::nullopt;
}

std::optional<Error> lowbit::numerics::toBitOrder(
    std::span<const uint8_t> packed, const PackedRows &rows, unsigned bits,
    BitOrder order, std::span<uint8_t> out, ThreadCount threads) {
  return reorder(packed, rows, bits, order, out, threads,
                 [&](const uint8_t *from, int8_t *codes, uint8_t *to) {
                   unpackRow(from, rows.length, bits, /*isSigned=*/false,
                             codes);
                   packOrdered(codes, rows.length, bits, order, to);
                 });
}

std::optional<Error> lowbit::numerics::fromBitOrder(
    std::span<const uint8_t> ordered, const PackedRows &rows, unsigned bits,
    BitOrder order, std::span<uint8_t> out, ThreadCount threads) {
  return reorder(ordered, rows, bits, order, out, threads,
                 [&](const uint8_t *from, int8_t *codes, uint8_t *to) {
                   unpackOrdered(from, rows.length, bits, order, codes);
                   packRow(codes, rows.length, bits, to);
                 });
}
