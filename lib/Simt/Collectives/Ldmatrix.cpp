//===- Ldmatrix.cpp - ldmatrix --------------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Collectives.h"

#include <cstring>

using namespace lowbit::simt;

void lowbit::simt::ldmatrix(Block &block, Warp &warp, const Site &site) {
  unsigned count = site.attributes[0];
  bool transposed = site.attributes[1];
  if ((count != 1 && count != 2 && count != 4) || site.results != count ||
      site.operands != 1)
    failInvalidSite(block, site, "ldmatrix loads 1, 2 or 4 matrices");

  // Shared addresses fit in 32 bits, but a wrong one may be any.
  const char *rows[warpSize];
  for (unsigned lane = 0; lane < 8 * count; ++lane) {
    std::memcpy(&rows[lane], warp.lanes[lane].operands, sizeof rows[lane]);
    int64_t offset = block.shared.offset(rows[lane]);
    if (offset < 0 || offset + 16 > int64_t(block.shared.size()) ||
        offset % 16 != 0) [[unlikely]] {
      const Lane &who = warp.lanes[lane];
      block.fail(offset % 16 ? Detector::Misaligned : Detector::OutOfBounds,
                 "ldmatrix: the row that lane " + std::to_string(lane) +
                     " names, 16 bytes at " +
                     block.describeAddress(rows[lane]) +
                     (offset % 16 ? ", is not aligned to 16 bytes"
                                  : ", is not in shared memory"),
                 who.site);
    }
  }
  if (block.checker)
    for (unsigned lane = 0; lane < 8 * count; ++lane)
      block.checker->readByWarp(warp.lanes[lane], site, rows[lane], 16);

  for (unsigned matrix = 0; matrix < count; ++matrix) {
    uint32_t *out = warp.out[matrix];
    if (!transposed) {
      for (unsigned row = 0; row < 8; ++row)
        std::memcpy(out + 4 * row, rows[8 * matrix + row], 16);
      continue;
    }
    uint16_t in[8][8];
    for (unsigned row = 0; row < 8; ++row)
      std::memcpy(in[row], rows[8 * matrix + row], 16);
    for (unsigned row = 0; row < 8; ++row)
      for (unsigned pair = 0; pair < 4; ++pair)
        out[4 * row + pair] =
            in[2 * pair][row] | static_cast<uint32_t>(in[2 * pair + 1][row])
                                    << 16;
  }
}
