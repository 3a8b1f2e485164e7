//===- Mma.cpp - mma.sync -------------------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collectives.h"
#include "MmaTiles.h"

using namespace lowbit::simt;

namespace {

template <typename T>
void multiplyDense(Block &block, Warp &warp, const Site &site, ElementType a,
                   ElementType b, unsigned registersA, unsigned registersB) {
  auto &tile = MmaTile<T>::of(block);
  unsigned k = site.attributes[2];
  readA(warp.in, a, k, tile, tile.a);
  readB(warp.in + registersA, b, k, tile, tile.b);
  accumulate(warp, site, warp.in + registersA + registersB, tile);
}

/// Whether an instruction mma.sync has these attributes.
bool isDense(const Site &site, ElementType a, ElementType b) {
  const uint32_t *attributes = site.attributes;
  unsigned k = attributes[2], d = attributes[5];
  if (attributes[0] != 16 || attributes[1] != 8 || !a.bits ||
      a.bits != b.bits || a.isInteger != b.isInteger)
    return false;
  if (a.bits == 16)
    return a.type == b.type && (k == 8 || k == 16) &&
           (d == LOWBIT_SIMT_F32 ||
            (d == LOWBIT_SIMT_F16 && a.type == LOWBIT_SIMT_F16));
  if (!a.isInteger)
    return k == 32 && d == LOWBIT_SIMT_F32;
  return d == LOWBIT_SIMT_S32 && (k == a.perRow() || k == 2 * a.perRow());
}

} // namespace

void lowbit::simt::mma(Block &block, Warp &warp, const Site &site) {
  ElementType a = elementType(site.attributes[3]);
  ElementType b = elementType(site.attributes[4]);
  if (!isDense(site, a, b))
    failInvalidSite(block, site, "no mma.sync has this shape and these types");
  unsigned rows = site.attributes[2] / a.perRow();
  checkSlots(block, site, 2 * rows, rows, 0);
  if (a.isInteger)
    multiplyDense<int32_t>(block, warp, site, a, b, 2 * rows, rows);
  else
    multiplyDense<float>(block, warp, site, a, b, 2 * rows, rows);
}
