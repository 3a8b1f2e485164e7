//===- BitOrder.h - Orders of packed codes of other projects ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_LAYOUT_BITORDER_H
#define LOWBIT_NUMERICS_LAYOUT_BITORDER_H

#include "lowbit/Numerics/Packing.h"
#include "lowbit/Numerics/Result.h"

#include <cstdint>
#include <optional>
#include <span>

namespace lowbit::numerics {

/// The order in which a packed row holds its codes. All take as many bytes as
/// the rows layout (Packing.h), which is LowFirst.
struct BitOrder {
  enum class Kind {
    /// Code i takes bits [i * bits, (i + 1) * bits) from the lowest bit on.
    LowFirst,
    /// The same counted from the highest bit of the first byte, each code with
    /// its highest bit first: the high nibble comes first.
    HighFirst,
    /// Blocks of `block` codes, n bytes each: byte j holds code j in its lowest
    /// bits, code j + n in the next, and so on (ggml: split<32> of 4 bits). A
    /// short last block has the bytes it needs, and zeros for missing codes.
    Split,
  };

  Kind kind = Kind::LowFirst;
  int64_t block = 0;
};

/// InvalidFormat unless codes of `bits` 1 to 8 have that order: Split needs 1,
/// 2, 4 or 8 bits and blocks of whole bytes.
std::optional<Error> verifyBitOrder(unsigned bits, BitOrder order);

/// Brings packed rows from the rows layout to `order` and back, exactly. Both
/// spans have rows.bytes(bits) bytes and do not overlap; InvalidFormat
/// otherwise. The same for every number of threads.
std::optional<Error> toBitOrder(std::span<const uint8_t> packed,
                                const PackedRows &rows, unsigned bits,
                                BitOrder order, std::span<uint8_t> out,
                                ThreadCount threads = {});
std::optional<Error> fromBitOrder(std::span<const uint8_t> ordered,
                                  const PackedRows &rows, unsigned bits,
                                  BitOrder order, std::span<uint8_t> out,
                                  ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_LAYOUT_BITORDER_H
