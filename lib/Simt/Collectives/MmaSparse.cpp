//===- MmaSparse.cpp - mma.sp.sync ----------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of four columns of A two are stored; the metadata has two bits for each,
// their place among the four, the first in the lowest bits. Of s4 and u4, pairs
// of columns take the part of single ones.
//
// Which lane's register holds the metadata of which row: with 16-bit elements
// 16 bits describe a row for 16 columns, and a register holds row r (low half)
// and row r + 8 (high half); lane 4r + selector has it for k = 16, lanes 4r + 2
// * selector and the next have it for the columns from 0 and from 16 of k = 32.
// With narrower elements a register describes one row for 32 (of s4, 64)
// columns: lane 4r + 2 * selector has row r and the next has row r + 8; for the
// longer k, lanes 4r to 4r + 3 have rows r and r + 8 of the first half of the
// columns, then of the second, and the selector is 0.
//
//===----------------------------------------------------------------------===//

#include "Collectives.h"
#include "MmaTiles.h"

#include <cstring>
#include <string>

using namespace lowbit::simt;

namespace {

/// The metadata of a row, two bits per stored element or pair.
struct Metadata {
  Block &block;
  const Site &site;
  const uint32_t *words;
  uint32_t selector;
  ElementType type;
  unsigned k;

  /// Where stored unit `unit` of `row` stands among its four.
  unsigned index(unsigned row, unsigned unit) const {
    unsigned lane = row % 8 * 4, high = row / 8;
    if (type.bits == 16) {
      // Eight units in 16 bits.
      lane += k == 16 ? selector : 2 * selector + unit / 8;
      return words[lane] >> (16 * high + 2 * (unit % 8)) & 3;
    }
    bool isLong = k == 4 * type.perRow();
    lane += isLong ? 2 * (unit / 16) + high : 2 * selector + high;
    return words[lane] >> 2 * (unit % 16) & 3;
  }

  /// Checks the two units from `unit`, which must be even.
  void check(unsigned row, unsigned unit) const {
    unsigned first = index(row, unit), second = index(row, unit + 1);
    bool ordered = site.attributes[6] & 2;
    if (first == second || (ordered && first > second))
      block.fail(Detector::InvalidSite,
                 "mma.sp: metadata of row " + std::to_string(row) + " names " +
                     std::to_string(first) + " and then " +
                     std::to_string(second) + " of the four from column " +
                     std::to_string(unit / 2 * 4 * (type.bits == 4 ? 2 : 1)) +
                     (ordered ? ", but is said to be ordered" : ""),
                 &site);
  }
};

/// Writes the stored elements to their places among zeros.
template <typename T>
void expand(const Metadata &metadata, const T *stored, T *dense) {
  unsigned k = metadata.k;
  unsigned width = metadata.type.bits == 4 ? 2 : 1;
  unsigned units = k / 2 / width;
  std::memset(dense, 0, 16 * k * sizeof(T));
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned unit = 0; unit < units; ++unit) {
      if (unit % 2 == 0)
        metadata.check(row, unit);
      unsigned column = (unit / 2 * 4 + metadata.index(row, unit)) * width;
      std::memcpy(dense + row * k + column, stored + row * k / 2 + unit * width,
                  width * sizeof(T));
    }
}

template <typename T>
void multiplySparse(Block &block, Warp &warp, const Site &site, ElementType a,
                    ElementType b, unsigned rows) {
  unsigned k = site.attributes[2];
  // `rows` counts registers of B; A has as many, being half as long.
  unsigned metadataRow = 2 * rows + accumulatorRegisters(site);
  uint32_t selector = warp.in[metadataRow + 1][0];
  unsigned selectors =
      a.bits == 16 ? (k == 16 ? 4 : 2) : (k == 2 * a.perRow() ? 2 : 1);
  if (selector >= selectors)
    failInvalidSite(block, site, "the selector is out of its range");
  Metadata metadata{block, site, warp.in[metadataRow], selector, a, k};
  auto &tile = MmaTile<T>::of(block);
  readA(warp.in, a, k / 2, tile, tile.stored);
  expand(metadata, tile.stored, tile.a);
  readB(warp.in + rows, b, k, tile, tile.b);
  accumulate(warp, site, warp.in + 2 * rows, tile);
}

/// Whether an instruction mma.sp.sync has these attributes.
bool isSparse(const Site &site, ElementType a, ElementType b) {
  const uint32_t *attributes = site.attributes;
  unsigned k = attributes[2], d = attributes[5];
  if (attributes[0] != 16 || attributes[1] != 8 || !a.bits ||
      a.bits != b.bits || a.isInteger != b.isInteger ||
      (k != 2 * a.perRow() && k != 4 * a.perRow()))
    return false;
  if (a.isInteger)
    return d == LOWBIT_SIMT_S32;
  return a.bits == 16 && a.type == b.type &&
         (d == LOWBIT_SIMT_F32 ||
          (d == LOWBIT_SIMT_F16 && a.type == LOWBIT_SIMT_F16));
}

} // namespace

void lowbit::simt::mmaSparse(Block &block, Warp &warp, const Site &site) {
  ElementType a = elementType(site.attributes[3]);
  ElementType b = elementType(site.attributes[4]);
  if (!isSparse(site, a, b))
    failInvalidSite(block, site,
                    "no mma.sp.sync has this shape and these types");
  unsigned rows = site.attributes[2] / a.perRow();
  checkSlots(block, site, rows, rows, 2);
  if (a.isInteger)
    multiplySparse<int32_t>(block, warp, site, a, b, rows);
  else
    multiplySparse<float>(block, warp, site, a, b, rows);
}
