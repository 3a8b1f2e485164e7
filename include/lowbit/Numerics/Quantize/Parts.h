//===- Parts.h - The stored parts of a quantized tensor ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_PARTS_H
#define LOWBIT_NUMERICS_QUANTIZE_PARTS_H

#include "lowbit/Numerics/Format.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Where the parts of one tensor lie, each byte for byte as a weights file and
/// a compiled model hold it:
///
/// - Codes: packed rows along the last axis (Packing.h);
/// - Scales: row-major in the scale shape, in the format's scale type;
/// - ZeroPoints: packed rows along the last axis of the scale shape (rank 0:
///   one byte).
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

/// Parts spread out for algorithms: a byte per code (two for codes of 16 bits)
/// and zero point, see Codec, and f32 scales, all row-major.
struct UnpackedParts {
  std::vector<int8_t> codes;
  std::vector<float> scales;
  /// One per scale; empty if the format has none.
  std::vector<int8_t> zeroPoints;
};

/// Both fail only on a format that does not fit the shape or parts of other
/// sizes. packParts rounds scales to the format's scale type; scales that come
/// from unpackParts are unchanged by it.
Result<UnpackedParts> unpackParts(PartsView parts, ShapeRef shape,
                                  const Format &format);
Result<Parts> packParts(const UnpackedParts &parts, ShapeRef shape,
                        const Format &format);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_PARTS_H
