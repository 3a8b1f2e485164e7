//===- Panels.h - Matrices re-laid for kernels on CPUs ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel for a matrix product wants the codes of a few neighbouring output
// channels side by side, in the order in which it consumes them. `packPanels`
// brings parts in the rows layout (Quantize/Parts.h) into that order; no value
// changes, and `unpackPanels` is its exact inverse.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_LAYOUT_PANELS_H
#define LOWBIT_NUMERICS_LAYOUT_PANELS_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Quantize/Parts.h"

namespace lowbit::numerics {

/// Panels of `columns` neighbouring indices of the axis that is not
/// `reduction`. Within a panel each group along the reduction is padded to a
/// multiple of `step`, and a tile holds `step` consecutive reduction indices of
/// every column: code number column * step + k. With b bits and n codes in a
/// tile, byte j holds code j in its lowest b bits, code j + n*b/8 in the next,
/// and so on, so that a kernel takes a tile apart with shifts and masks alone.
/// Codes whose bits no byte has a whole number of are cut into fields (see
/// panelFields), each packed so, one behind the other. Codes of 16 and 32 bits
/// lie one behind the other, little endian.
///
/// Stored shapes: codes [panels, tiles, columns * step * bits / 8] bytes,
/// scales [panels, groups, columns], zero points likewise, one byte each and
/// not packed. A scale that serves several columns or groups is repeated.
/// Nested scales stay in rows. Everything that pads is zero.
struct PanelLayout {
  int64_t columns = 32;
  int64_t step = 1;
  unsigned reduction = 0;
};

/// Neighbouring bits of codes: `bits` of them, 1, 2, 4 or 8, from bit `shift`.
struct PanelField {
  unsigned shift, bits;
};

/// What codes are cut into, the lowest bits and widest field first: 7 bits are
/// 4, 2 and 1, and wider codes their bytes.
std::vector<PanelField> panelFields(unsigned bits);

/// Checks that a tensor of `shape` in `format` has panels: a matrix, scales
/// that each serve one column or all of them, or none;
/// `columns` 8 or more and a power of two, `step` 1, 2 or 4.
std::optional<Error> verifyPanels(ShapeRef shape, const Format &format,
                                  const PanelLayout &layout);

/// Sizes in bytes of the parts in panels. The layout must fit (verifyPanels).
PartSizes panelSizes(ShapeRef shape, const Format &format,
                     const PanelLayout &layout);

/// Re-lays `rows`, parts of partSizes(), to `panels`, parts of panelSizes(),
/// and back. InvalidFormat if shape, format, layout and sizes do not fit; data
/// cannot fail. The same bytes for every number of threads.
std::optional<Error> packPanels(PartsView rows, ShapeRef shape,
                                const Format &format, const PanelLayout &layout,
                                ThreadCount threads, MutablePartsView panels);
std::optional<Error> unpackPanels(PartsView panels, ShapeRef shape,
                                  const Format &format,
                                  const PanelLayout &layout,
                                  ThreadCount threads, MutablePartsView rows);

/// packPanels into parts of its own.
Result<Parts> packPanels(PartsView rows, ShapeRef shape, const Format &format,
                         const PanelLayout &layout, ThreadCount threads = {});
/// unpackPanels into parts of its own.
Result<Parts> unpackPanels(PartsView panels, ShapeRef shape,
                           const Format &format, const PanelLayout &layout,
                           ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_LAYOUT_PANELS_H
