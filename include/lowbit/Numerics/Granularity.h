//===- Granularity.h - Which elements share a scale -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_GRANULARITY_H
#define LOWBIT_NUMERICS_GRANULARITY_H

#include "lowbit/Numerics/Result.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Shapes and block shapes, one entry per dimension, outermost first.
using Shape = std::vector<int64_t>;
using ShapeRef = std::span<const int64_t>;

/// Entry of a block shape: the block covers the whole axis ("*").
inline constexpr int64_t wholeAxis = 0;

/// Product of the dimensions; 1 for rank 0.
int64_t numElements(ShapeRef shape);

/// The indices of the element with that row-major number.
Shape placeOf(int64_t index, ShapeRef shape);

/// How a tensor is cut into blocks that share one scale (and zero point).
///
/// The block shape has one entry per dimension: the number of consecutive
/// elements along it that share a scale, or `wholeAxis`. For a KxN tensor
/// [*, *] is one scale for the tensor, [*, 1] one per index of axis 1,
/// [128, 1] groups of 128 along axis 0. The last block of an axis is short
/// where the dimension does not divide.
///
/// The scale tensor keeps each dimension whose block is not `*`, of size
/// ceil(dim / block), and drops the others: rank 0, [N] and [ceil(K/128), N]
/// for the three above. Scales are numbered row-major in that shape.
class Granularity {
public:
  /// InvalidFormat if the ranks differ, or a dimension or block is negative,
  /// or the number of elements does not fit 63 bits.
  static Result<Granularity> get(ShapeRef shape, ShapeRef blockShape);

  ShapeRef shape() const { return dims; }
  ShapeRef blockShape() const { return blocks; }
  Shape scaleShape() const;
  int64_t numElements() const { return elements; }
  int64_t numScales() const { return scales; }

  /// Number of blocks along dimension `dim`; 1 for `*`.
  int64_t numBlocks(unsigned dim) const;

  /// The scale of the element at a row-major index. O(rank); for one element,
  /// not for loops.
  int64_t scaleIndex(int64_t element) const;

  /// Calls `fn(scale, offset, length)` for each contiguous run of elements
  /// with one scale, in row-major order of the elements.
  template <typename Fn>
  void forEachRun(Fn &&fn) const;

  /// Calls `fn(offset, length)` for each contiguous run of the one block of
  /// scale number `scale`, in row-major order.
  template <typename Fn>
  void forEachRunOfBlock(int64_t scale, Fn &&fn) const;

  /// The same until `fn` returns true.
  template <typename Fn>
  void findRunOfBlock(int64_t scale, Fn &&fn) const;

private:
  Granularity() = default;

  Shape dims;
  Shape blocks;
  int64_t elements = 1;
  int64_t scales = 1;
};

/// A tensor seen as rows of a row-major matrix, which is what bulk code wants
/// whatever the rank. Each row has `rowLength` contiguous elements, of which
/// element j uses scale number
///
///     scaleRow(row) * scalesPerRow + j / rowBlock
///
/// This is the form Codec::encodeRow and decodeRow take. Rank 0 is one row of
/// one element; rowBlock is at least 1 and at most max(rowLength, 1).
class RowView {
public:
  enum class Rows {
    /// A row is the last axis of the tensor.
    LastAxis,
    /// Trailing axes are joined to one row as far as blocks allow, but for the
    /// first one, whose indices packed rows keep apart.
    BehindFirst,
    /// As many trailing axes as blocks allow are joined to one row, so that a
    /// 3x3 convolution's rows are not 3 elements long.
    Longest,
  };

  explicit RowView(const Granularity &granularity, Rows rows = Rows::LastAxis);

  int64_t numRows() const { return rows; }
  int64_t rowLength() const { return length; }
  /// Elements of a row per scale; rowLength if one scale serves the row.
  int64_t rowBlock() const { return block; }
  int64_t scalesPerRow() const { return perRow; }
  int64_t numScaleRows() const { return scaleRows; }

  /// The row of scales that row `row` uses.
  int64_t scaleRow(int64_t row) const;
  /// How many rows use the scales of `scaleRow`, and the i-th of them in
  /// ascending order.
  int64_t numRowsOf(int64_t scaleRow) const;
  int64_t rowOf(int64_t scaleRow, int64_t i) const;

private:
  /// One leading dimension: its size, block (never 0) and number of blocks.
  struct Axis {
    int64_t size, block, count;
  };

  std::vector<Axis> axes;
  int64_t rows = 1;
  int64_t length = 1;
  int64_t block = 1;
  int64_t perRow = 1;
  int64_t scaleRows = 1;
};

template <typename Fn>
void Granularity::forEachRun(Fn &&fn) const {
  RowView view(*this, RowView::Rows::Longest);
  int64_t length = view.rowLength(), block = view.rowBlock();
  for (int64_t row = 0; row < view.numRows(); ++row) {
    int64_t scale = view.scaleRow(row) * view.scalesPerRow();
    for (int64_t j = 0; j < length; j += block)
      fn(scale++, row * length + j, std::min(block, length - j));
  }
}

template <typename Fn>
void Granularity::forEachRunOfBlock(int64_t scale, Fn &&fn) const {
  findRunOfBlock(scale, [&](int64_t offset, int64_t length) {
    fn(offset, length);
    return false;
  });
}

template <typename Fn>
void Granularity::findRunOfBlock(int64_t scale, Fn &&fn) const {
  RowView view(*this, RowView::Rows::Longest);
  int64_t length = view.rowLength(), block = view.rowBlock();
  if (elements == 0)
    return;
  int64_t scaleRow = scale / view.scalesPerRow();
  int64_t j = scale % view.scalesPerRow() * block;
  for (int64_t i = 0, e = view.numRowsOf(scaleRow); i < e; ++i)
    if (fn(view.rowOf(scaleRow, i) * length + j, std::min(block, length - j)))
      return;
}

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_GRANULARITY_H
