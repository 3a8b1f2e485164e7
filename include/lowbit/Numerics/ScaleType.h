//===- ScaleType.h - The types a scale may be stored in ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_SCALETYPE_H
#define LOWBIT_NUMERICS_SCALETYPE_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lowbit::numerics {

/// The types a scale may be stored in.
enum class ScaleType {
  F32,
  F16,
  BF16,
  F8E4M3FN,
  /// Powers of two, 2^-127 to 2^127 (OCP MX).
  F8E8M0FNU,
  /// Integers 0 to 255, which a nested scale multiplies.
  U8,
  /// Nothing is stored, the scale is 1.
  One,
};

/// "f32", "f16", "bf16", "f8E4M3FN", "f8E8M0FNU", "u8", "one".
std::string_view scaleTypeName(ScaleType type);

/// Bytes of one stored scale.
constexpr size_t scaleTypeBytes(ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return 4;
  case ScaleType::F16:
  case ScaleType::BF16:
    return 2;
  case ScaleType::F8E4M3FN:
  case ScaleType::F8E8M0FNU:
  case ScaleType::U8:
    return 1;
  case ScaleType::One:
    return 0;
  }
  __builtin_unreachable();
}

/// Whether the type has negative numbers.
constexpr bool isSignedScaleType(ScaleType type) {
  return type == ScaleType::F32 || type == ScaleType::F16 ||
         type == ScaleType::BF16 || type == ScaleType::F8E4M3FN;
}

/// The largest finite and the smallest positive number of the type.
float largestScale(ScaleType type);
float smallestScale(ScaleType type);

/// What scales become that their type cannot hold, as a stored scale is never
/// zero.
struct SmallScales {
  /// That of a block of zeros.
  float ofZeros;
  /// One that is not zero, but would be stored as zero or below this.
  float least;
};
/// `least` is the smallest positive number of the type. Zeros have scale 1
/// where there is a code for 0 (Format::hasZero), and otherwise also that
/// number, which brings all codes next to 0.
SmallScales smallScales(ScaleType type, bool hasZero);

/// The value that `scale` has once stored in `type`: rounded to nearest even,
/// for f8E8M0FNU to the nearest power of two, ties to the even exponent code.
/// Infinite or NaN if it is too large for a float type; u8 saturates.
float roundToScaleType(float scale, ScaleType type);

/// `n` scales to and from their stored bytes (little endian, no padding).
void storeScales(const float *scales, size_t n, ScaleType type, uint8_t *out);
void loadScales(const uint8_t *in, size_t n, ScaleType type, float *scales);

/// Rounds exact scales as they are stored without nested scales, none of them
/// to zero. The first that is too large for the type, or -1.
int64_t roundScales(std::span<float> scales, ScaleType type,
                    const SmallScales &small);

/// Scales of scales (double quantization; Dettmers et al., QLoRA, 2023, section
/// 3): `block` consecutive scales, row-major in the scale shape, share one of
/// `type`, all of them if `block` is 0. A scale is then the f32 product of the
/// stored one and its nested scale.
struct NestedScales {
  ScaleType type = ScaleType::F32;
  int64_t block = 0;

  /// How many there are over `scales` scales.
  int64_t count(int64_t scales) const;
  /// The one of a scale.
  int64_t of(int64_t scale) const { return block ? scale / block : 0; }
  /// smallScales of a nested scale over scales of type `inner`: the least has
  /// a product with the smallest scale that is still a number of f32.
  SmallScales smallScales(ScaleType inner, bool hasZero) const;

  bool operator==(const NestedScales &) const = default;
};

/// roundScales under nested scales, which it finds: largest |scale| of each
/// block over the largest number of the type, rounded like a scale. A stored
/// scale of zero becomes the smallest positive number. The first scale of the
/// first block whose nested scale is too large, or -1.
int64_t roundNestedScales(std::span<float> scales, ScaleType type,
                          const NestedScales &nesting, std::span<float> nested,
                          bool hasZero);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_SCALETYPE_H
