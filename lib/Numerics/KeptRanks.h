//===- KeptRanks.h - The numbers of kept values ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_KEPTRANKS_H
#define LOWBIT_LIB_NUMERICS_KEPTRANKS_H

#include "lowbit/Numerics/Parallel.h"

#include <cstdint>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// How many values a mask keeps in front of an element. A mask has a byte for
/// each value, not 0 for those that are kept.
class KeptRanks {
public:
  explicit KeptRanks(std::span<const uint8_t> mask, ThreadCount threads = {});

  int64_t before(int64_t element) const;
  int64_t total() const { return sums.back(); }

private:
  std::span<const uint8_t> mask;
  /// In front of each piece, and of the end.
  std::vector<int64_t> sums;
};

/// The kept ones of `n` codes of `bytes` bytes, one after the other; `out` has
/// room for all. Returns their number.
int64_t compactKept(const int8_t *codes, const uint8_t *mask, int64_t n,
                    int64_t bytes, int8_t *out);

/// out[i] = values[i] where it is kept, else 0.
void zeroOthers(const float *values, const uint8_t *mask, int64_t n,
                float *out);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_KEPTRANKS_H
