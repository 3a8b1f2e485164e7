//===- Format.h - How a tensor is to be stored, and what that costs -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_FORMAT_H
#define LOWBIT_NUMERICS_FORMAT_H

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Numerics/PartKind.h"
#include "lowbit/Numerics/Result.h"
#include "lowbit/Numerics/ScaleType.h"
#include "lowbit/Numerics/Sparsity.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lowbit::numerics {

/// How the scale (and zero point or offset) of a block is found from its
/// values. With z = Codec::midCode() where the format has zero points, else 0:
enum class RangeKind {
  /// Symmetric: scale = max|x| / (maxValue - z).
  AbsMax,
  /// Symmetric over the full range of codes: with m the value of largest
  /// magnitude (the first such), scale = m / (minValue - z). The scale is
  /// negative where m is positive.
  Full,
  /// Asymmetric: scale = (hi - lo) / (maxValue - minValue). With zero points
  /// lo = min(x, 0), hi = max(x, 0) and
  /// zero point = clamp(rne(codeMin - lo / stored scale)); with offsets
  /// lo = min x, hi = max x and offset = lo - stored scale * minValue.
  MinMax,
  /// scale = mean |x|, summed in f64 in row-major order: the least error of
  /// two levels -1 and 1 (Rastegari et al., XNOR-Net, 2016, section 3.1).
  Mean,
  /// scale = 2^(floor(log2 max|x|) - floor(log2 maxValue)), the rule of OCP
  /// Microscaling Formats 1.0, section 6.3.
  Exponent,
};

/// "absmax", "full", "minmax", "mean", "exponent".
std::string_view rangeKindName(RangeKind kind);

/// Levels that were learned from a tensor and are stored with it: a book of
/// `levels` of them for each block of `blockShape`, in f32, f16 or bf16.
struct Books {
  int64_t levels = 16;
  Shape blockShape;
  ScaleType type = ScaleType::F32;
};

/// The codec of a format with books of that many levels, 2 to 256:
/// "kmeans<16>". It has the codes but no levels, so it decodes to NaN.
CodecRef getLearnedCodec(int64_t levels);

/// The stored form of a tensor, without its shape: the numeric content of the
/// dialect's encoding attribute in the rows layout.
struct Format {
  CodecRef codec;
  /// See Granularity; one entry per dimension of the tensor.
  Shape blockShape;
  ScaleType scaleType = ScaleType::F32;
  /// Zero points are stored, of the codec's width and signedness.
  bool hasZeroPoint = false;
  /// Scales are codes that nested scales multiply.
  std::optional<NestedScales> nestedScales = std::nullopt;
  /// Offsets are stored in this type, one beside each scale:
  /// value = scale * decode(code) + offset, each step rounded to f32.
  std::optional<ScaleType> offsetType = std::nullopt;
  /// Levels are those of stored books; the codec is getLearnedCodec().
  std::optional<Books> books = std::nullopt;
  /// What is not kept is 0. The blocks of scales and of books are those of the
  /// whole tensor, and in a pattern hold whole runs or all of the axis; their
  /// parameters are found from kept values alone. A bitmap's are found with
  /// zeros for the others, so it goes without the mean.
  Sparsity sparsity = {};

  /// The range kind that is used where none is asked for: MinMax if there are
  /// zero points or offsets, Exponent for scales that are powers of two, else
  /// AbsMax.
  RangeKind defaultRangeKind() const;
  /// Whether zeros can be had exactly under any scale: a code decodes to 0, or
  /// an offset gives it. Learned levels may have none.
  bool hasZero() const;
};

/// Checks that `format` can store a tensor of `shape`, and that ranges of
/// `kind` exist for it: zero points need an affine codec, MinMax needs zero
/// points or offsets, AbsMax and Full a code beyond the middle on the side they
/// use (i1 has no positive code, u8 without zero point no negative one), Full
/// scales that can be negative.
std::optional<Error> verifyFormat(ShapeRef shape, const Format &format);
std::optional<Error> verifyRangeKind(const Format &format, RangeKind kind);

/// The parts that a tensor in `format` has, in the order of PartKind.
std::vector<PartKind> partKinds(const Format &format);

/// The format, and its sparsity's keptShape the shape, in which the kept values
/// of a pattern are a tensor of their own; `format` itself if it is dense.
Format keptFormat(const Format &format);

/// Sizes in bytes of the stored parts of a tensor; 0 for those it lacks.
struct PartSizes : PartArray<int64_t> {
  int64_t total() const;
};

/// Sizes of the parts of a tensor of `shape` in `format`, which must fit
/// together (verifyFormat). Exact: row padding and short last blocks count.
PartSizes partSizes(ShapeRef shape, const Format &format);

/// Stored bits per element: 8 * partSizes().total() / numElements. 0 for an
/// empty tensor.
double bitsPerWeight(ShapeRef shape, const Format &format);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_FORMAT_H
