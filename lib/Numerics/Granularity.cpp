//===- Granularity.cpp - Which elements share a scale ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Granularity.h"

using namespace lowbit::numerics;

/// ceil(dim / block) without overflow; block > 0.
static int64_t ceilDiv(int64_t dim, int64_t block) {
  return dim / block + (dim % block != 0);
}

static std::string toString(ShapeRef shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return "[" + text + "]";
}

int64_t lowbit::numerics::numElements(ShapeRef shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

Shape lowbit::numerics::placeOf(int64_t index, ShapeRef shape) {
  Shape place(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; index /= shape[axis])
    place[axis] = index % shape[axis];
  return place;
}

Result<Granularity> Granularity::get(ShapeRef shape, ShapeRef blockShape) {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  if (shape.size() != blockShape.size())
    return invalid("block shape " + toString(blockShape) + " has rank " +
                   std::to_string(blockShape.size()) +
                   ", but the tensor's rank is " +
                   std::to_string(shape.size()));
  Granularity result;
  // The product of the dimensions that are not zero must fit as well: row and
  // scale counts of empty tensors are such partial products.
  int64_t nonZero = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0)
      return invalid("dimension " + std::to_string(i) + " of shape " +
                     toString(shape) + " is negative");
    if (blockShape[i] < 0)
      return invalid("entry " + std::to_string(i) + " of block shape " +
                     toString(blockShape) + " is negative");
    if (shape[i] && __builtin_mul_overflow(nonZero, shape[i], &nonZero))
      return invalid("shape " + toString(shape) +
                     " has more than 2^63 - 1 elements");
  }
  result.dims.assign(shape.begin(), shape.end());
  result.blocks.assign(blockShape.begin(), blockShape.end());
  result.elements = numerics::numElements(shape);
  result.scales = numerics::numElements(result.scaleShape());
  return result;
}

int64_t Granularity::numBlocks(unsigned dim) const {
  return blocks[dim] == wholeAxis ? 1 : ceilDiv(dims[dim], blocks[dim]);
}

Shape Granularity::scaleShape() const {
  Shape result;
  for (unsigned i = 0; i < dims.size(); ++i)
    if (blocks[i] != wholeAxis)
      result.push_back(numBlocks(i));
  return result;
}

int64_t Granularity::scaleIndex(int64_t element) const {
  int64_t index = 0, stride = 1;
  for (unsigned i = dims.size(); i-- > 0;) {
    if (blocks[i] != wholeAxis) {
      index += element % dims[i] / blocks[i] * stride;
      stride *= numBlocks(i);
    }
    element /= dims[i];
  }
  return index;
}

RowView::RowView(const Granularity &granularity, Rows joined) {
  ShapeRef shape = granularity.shape();
  unsigned rank = shape.size();
  // Effective block of a dimension: `*` and blocks that reach beyond the end
  // are the dimension itself.
  auto blockOf = [&](unsigned i) {
    int64_t block = granularity.blockShape()[i];
    block = block == wholeAxis ? shape[i] : std::min(block, shape[i]);
    return std::max<int64_t>(block, 1);
  };
  unsigned leading = rank;
  if (rank) {
    leading = rank - 1;
    length = shape[leading];
    block = blockOf(leading);
    perRow = granularity.numBlocks(leading);
  }
  unsigned apart = joined == Rows::Longest       ? 0
                   : joined == Rows::BehindFirst ? 1
                                                 : rank;
  for (; leading > apart && length; --leading) {
    int64_t size = shape[leading - 1], outer = blockOf(leading - 1);
    if (block == length) {
      // The row has one scale, or rather `outer` rows together have.
      block *= outer;
    } else if (outer != 1 || length % block != 0) {
      break;
    }
    perRow *= granularity.numBlocks(leading - 1);
    length *= size;
  }
  for (unsigned i = 0; i < leading; ++i) {
    axes.push_back({shape[i], blockOf(i), granularity.numBlocks(i)});
    rows *= shape[i];
    scaleRows *= axes.back().count;
  }
  // A tensor without elements may still have scales ([*, *] of 0x4 has one).
  block = std::max<int64_t>(std::min(block, length), 1);
}

int64_t RowView::scaleRow(int64_t row) const {
  int64_t index = 0, stride = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    const Axis &axis = axes[i];
    index += row % axis.size / axis.block * stride;
    row /= axis.size;
    stride *= axis.count;
  }
  return index;
}

int64_t RowView::numRowsOf(int64_t scaleRow) const {
  int64_t count = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    const Axis &axis = axes[i];
    int64_t begin = scaleRow % axis.count * axis.block;
    count *= std::min(axis.block, axis.size - begin);
    scaleRow /= axis.count;
  }
  return count;
}

int64_t RowView::rowOf(int64_t scaleRow, int64_t i) const {
  int64_t row = 0, stride = 1;
  for (size_t k = axes.size(); k-- > 0;) {
    const Axis &axis = axes[k];
    int64_t begin = scaleRow % axis.count * axis.block;
    int64_t extent = std::min(axis.block, axis.size - begin);
    row += (begin + i % extent) * stride;
    i /= extent;
    stride *= axis.size;
    scaleRow /= axis.count;
  }
  return row;
}
