//===- Parts.h - The stored parts of a quantized tensor ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_PARTS_H
#define LOWBIT_NUMERICS_QUANTIZE_PARTS_H

#include "lowbit/Numerics/Format.h"
#include "lowbit/Numerics/Parallel.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Where the parts of one tensor lie, each byte for byte as a weights file and
/// a compiled model hold it:
///
/// - Codes: in packed rows (Packing.h), in the shape of the kept values;
/// - Scales: row-major in the scale shape, in the format's scale type;
/// - NestedScales: in their order and their type;
/// - ZeroPoints: in packed rows, in the scale shape;
/// - Offsets: row-major in the scale shape, in the format's offset type;
/// - Codebook: the levels of each book, books in the order of their blocks;
/// - Positions: in packed rows, in the shape of the kept values;
/// - Bitmap: in packed rows of codes of one bit, in the shape of the tensor.
///
/// Those that the format lacks are empty. Sizes are those of partSizes(). No
/// alignment is needed.
struct PartsView : PartArray<std::span<const uint8_t>> {};

/// The same, to be written.
struct MutablePartsView : PartArray<std::span<uint8_t>> {
  operator PartsView() const;
};

/// The parts in memory of their own.
struct Parts : PartArray<std::vector<uint8_t>> {
  /// Zeroed parts of given sizes.
  static Parts allocate(const PartSizes &sizes);
  /// The same of the sizes that partSizes() gives.
  static Parts allocate(ShapeRef shape, const Format &format);

  operator PartsView() const;
  MutablePartsView view();
};

/// InvalidFormat if a part has another size than `shape` and `format` say.
std::optional<Error> verifyPartSizes(PartsView parts, ShapeRef shape,
                                     const Format &format);

/// What the elements of a block share: one entry per block, in the order of
/// Granularity's scales.
struct BlockParameters {
  /// Stored ones: values of the format's scale type, widened to f32, with
  /// nested scales multiplied in; ones where the format stores none.
  std::vector<float> scales;
  /// A byte each, as Codec describes; empty if the format has none.
  std::vector<int8_t> zeroPoints = {};
  /// Stored ones too; empty if the format has none.
  std::vector<float> offsets = {};
  /// One per block of scales, stored ones; empty if the format has none.
  std::vector<float> nestedScales = {};
  /// The levels of each book, stored ones; empty if the format has none.
  std::vector<float> books = {};
};

/// Parts spread out for algorithms: a byte per code (two for codes of 16 bits),
/// see Codec, row-major in the shape of kept values, and the parameters.
struct UnpackedParts : BlockParameters {
  std::vector<int8_t> codes;
  /// A byte per code: its place in its run. Empty without a pattern.
  std::vector<int8_t> positions = {};
  /// A byte per value of the tensor, 0 or 1. Empty without a bitmap.
  std::vector<int8_t> bitmap = {};
};

/// Both fail only on a format that does not fit the shape or parts of other
/// sizes. packParts rounds scales and offsets to their types; those that come
/// from unpackParts are unchanged by it.
Result<UnpackedParts> unpackParts(PartsView parts, ShapeRef shape,
                                  const Format &format,
                                  ThreadCount threads = 1);
Result<Parts> packParts(const UnpackedParts &parts, ShapeRef shape,
                        const Format &format, ThreadCount threads = 1);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_PARTS_H
