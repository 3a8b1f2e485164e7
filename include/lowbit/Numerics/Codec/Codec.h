//===- Codec.h - What a stored code means -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_CODEC_H
#define LOWBIT_NUMERICS_CODEC_CODEC_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lowbit::numerics {

/// The meaning of a code of 1 to 8, of 16 or of 32 bits: `decode(code)`, a real
/// number, and its inverse with rounding. Together with scale s and integer
/// zero point z a code stands for `s * (decode(code) - z)`.
///
/// Codes travel in `codeBytes()` bytes each here ("unpacked"), one but for
/// codes of 16 and 32 bits: two's complement for codecs with negative codes,
/// plain binary for the others; Packing.h makes the stored form of them. Zero
/// points have the same form and the same range.
///
/// Codecs are immutable and safe to share between threads.
class Codec {
public:
  virtual ~Codec();

  /// The codec's name in the textual encoding: "i4", "u8", "nf4".
  std::string_view name() const { return codecName; }
  /// Width of a stored code, 1 to 8, 16 or 32.
  unsigned bits() const { return width; }
  /// Bytes of an unpacked code: 1, or as many as codes of 16 and 32 bits have.
  size_t codeBytes() const { return width > 8 ? width / 8 : 1; }
  /// What buffers for codes of any codec have room for.
  static constexpr size_t mostCodeBytes = 4;
  /// The code is the value, so integer zero points and integer arithmetic on
  /// the codes make sense.
  bool isAffine() const { return affine; }
  /// The range of codes; negative lower end for the signed affine codecs.
  int codeMin() const { return lowest; }
  int codeMax() const { return highest; }
  /// The least and the largest value that encoding can give: the ends of the
  /// codes for affine codecs and codebooks, but not for floats, whose codes are
  /// sign and magnitude.
  float minValue() const { return least; }
  float maxValue() const { return largest; }
  /// Codes are two's complement in their byte.
  bool isSigned() const { return lowest < 0; }
  /// Whether some code decodes to 0.
  bool hasZero() const;
  /// The code with no distance to zero at the middle of the range: what a
  /// symmetric range uses as zero point where the format stores one. 0 for
  /// signed and table codecs, 2^(bits-1) for unsigned ones.
  int midCode() const { return affine && !isSigned() ? 1 << (width - 1) : 0; }

  /// The value of one code; `code` must lie in [codeMin, codeMax].
  virtual float decode(int code) const = 0;

  /// The code whose value is nearest to `normalized` (= x / scale): round half
  /// to even and saturate for affine codecs, the nearest level for tables
  /// (see TableCodec). NaN gives the code of the least value.
  int encode(float normalized) const;

  /// Encodes a row of `n` values of which element j uses scale
  /// `scales[j / block]` and zero point `zeroPoints[j / block]`:
  ///
  ///     codes[j] = saturate(rne(x[j] / scale) + zeroPoint)   affine
  ///     codes[j] = nearest(x[j] / scale)                     others
  ///
  /// The division is the IEEE f32 one, never a product with a reciprocal.
  /// `block` 1 is a scale per element (a row of a tensor whose groups run
  /// along another axis), `block` >= n one scale for the row.
  /// `zeroPoints` may be null, which means all zero; codecs that are not affine
  /// have none.
  virtual void encodeRow(const float *x, size_t n, size_t block,
                         const float *scales, const int8_t *zeroPoints,
                         int8_t *codes) const = 0;

  /// out[j] = scales[j / block] * (decode(codes[j]) - zeroPoints[j / block]),
  /// computed in f32; the inverse direction of encodeRow.
  virtual void decodeRow(const int8_t *codes, size_t n, size_t block,
                         const float *scales, const int8_t *zeroPoints,
                         float *out) const = 0;

  /// encodeRow and decodeRow with one scale for the whole row.
  void encodeRow(const float *x, size_t n, float scale, int zeroPoint,
                 int8_t *codes) const;
  void decodeRow(const int8_t *codes, size_t n, float scale, int zeroPoint,
                 float *out) const;

  /// The integer that a byte holding an unpacked code or zero point means.
  int codeFromByte(int8_t byte) const {
    return isSigned() ? byte : static_cast<uint8_t>(byte);
  }
  /// Unpacked code number `i`, of any width.
  int codeAt(const int8_t *codes, size_t i) const {
    if (width <= 8)
      return codeFromByte(codes[i]);
    uint32_t code = 0;
    for (size_t byte = 0; byte < codeBytes(); ++byte)
      code |= uint32_t(static_cast<uint8_t>(codes[codeBytes() * i + byte]))
              << (8 * byte);
    return static_cast<int>(code);
  }

protected:
  Codec(std::string name, unsigned bits, bool isAffine, int codeMin,
        int codeMax, float minValue, float maxValue);

private:
  std::string codecName;
  unsigned width;
  bool affine;
  int lowest;
  int highest;
  float least;
  float largest;
};

using CodecRef = std::shared_ptr<const Codec>;

/// The codec of a textual name, of those without parameters: "i1".."i8",
/// "u1".."u8"; "nf4", "nf4_i8", "fp4", "fp4_bnb", "binary"; the floats of
/// Float.h. Null for any other name.
CodecRef getNamedCodec(std::string_view name);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_CODEC_H
