//===- Sparsity.cpp - Which values are stored at all ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Sparsity.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

using namespace lowbit::numerics;

namespace {

/// A tensor as lines along one axis: element i of line (outer, inner) is
/// number (outer * length + i) * stride + inner.
struct Lines {
  Lines(ShapeRef shape, unsigned axis)
      : outer(numElements(shape.first(axis))), length(shape[axis]),
        stride(numElements(shape.subspan(axis + 1))) {}

  int64_t outer, length, stride;

  /// Calls `fn(index of the first element, number of elements)` for each run,
  /// and its like along an axis shortened to `kept` elements at `keptFirst`.
  template <typename Fn>
  void forEachRun(const Sparsity &sparsity, Fn &&fn) const {
    int64_t kept = sparsity.keptBlock(length);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t begin = 0, k = 0; begin < length;
           begin += sparsity.run, k += sparsity.keep)
        for (int64_t i = 0; i < stride; ++i)
          fn((o * length + begin) * stride + i,
             std::min(sparsity.run, length - begin),
             (o * kept + k) * stride + i);
  }
};

Error invalid(std::string message, int64_t index = -1) {
  return {Error::Kind::InvalidFormat, std::move(message), index};
}

} // namespace

unsigned Sparsity::positionBits() const {
  return std::bit_width(static_cast<uint64_t>(run - 1));
}

int64_t Sparsity::keptBlock(int64_t block) const {
  return block / run * keep + std::min(keep, block % run);
}

Shape Sparsity::keptShape(ShapeRef shape) const {
  Shape result(shape.begin(), shape.end());
  if (kind == Kind::Pattern)
    result[axis] = keptBlock(shape[axis]);
  return kind == Kind::Bitmap ? Shape{kept} : result;
}

std::optional<Error>
lowbit::numerics::verifySparsity(ShapeRef shape, const Sparsity &sparsity) {
  switch (sparsity.kind) {
  case Sparsity::Kind::Dense:
    break;
  case Sparsity::Kind::Pattern:
    if (sparsity.axis >= shape.size())
      return invalid("sparsity along axis " + std::to_string(sparsity.axis) +
                     " of a tensor of rank " + std::to_string(shape.size()));
    if (sparsity.keep < 1 || sparsity.keep >= sparsity.run ||
        sparsity.run > 256)
      return invalid("sparsity keeps 1 to m - 1 of m values, m at most 256, "
                     "not " +
                     std::to_string(sparsity.keep) + " of " +
                     std::to_string(sparsity.run));
    break;
  case Sparsity::Kind::Bitmap:
    if (sparsity.kept < 0 || sparsity.kept > numElements(shape))
      return invalid("a bitmap cannot keep " + std::to_string(sparsity.kept) +
                     " of " + std::to_string(numElements(shape)) + " values");
    break;
  }
  return std::nullopt;
}

std::vector<uint8_t>
lowbit::numerics::magnitudeMask(std::span<const float> values, ShapeRef shape,
                                const Sparsity &sparsity) {
  std::vector<uint8_t> mask(values.size(), sparsity.isDense());
  if (sparsity.kind == Sparsity::Kind::Pattern) {
    Lines lines(shape, sparsity.axis);
    lines.forEachRun(sparsity, [&](int64_t first, int64_t count, int64_t) {
      for (int64_t k = 0; k < std::min(sparsity.keep, count); ++k) {
        int64_t best = -1;
        for (int64_t i = 0; i < count; ++i) {
          int64_t at = first + i * lines.stride;
          if (!mask[at] &&
              (best < 0 || std::fabs(values[at]) > std::fabs(values[best])))
            best = at;
        }
        mask[best] = 1;
      }
    });
  }
  if (sparsity.kind == Sparsity::Kind::Bitmap) {
    std::vector<int64_t> order(values.size());
    std::iota(order.begin(), order.end(), int64_t{0});
    auto isBefore = [&](int64_t a, int64_t b) {
      float x = std::fabs(values[a]), y = std::fabs(values[b]);
      return x != y ? x > y : a < b;
    };
    std::nth_element(order.begin(), order.begin() + sparsity.kept, order.end(),
                     isBefore);
    for (int64_t i = 0; i < sparsity.kept; ++i)
      mask[order[i]] = 1;
  }
  return mask;
}

std::optional<Error> lowbit::numerics::verifyMask(std::span<const uint8_t> mask,
                                                  ShapeRef shape,
                                                  const Sparsity &sparsity) {
  if (static_cast<int64_t>(mask.size()) != numElements(shape))
    return invalid("a mask of " + std::to_string(mask.size()) +
                   " values for a tensor of " +
                   std::to_string(numElements(shape)) + " elements");
  std::optional<Error> error;
  if (sparsity.kind == Sparsity::Kind::Pattern) {
    Lines lines(shape, sparsity.axis);
    lines.forEachRun(sparsity, [&](int64_t first, int64_t count, int64_t) {
      int64_t kept = 0, wanted = std::min(sparsity.keep, count);
      for (int64_t i = 0; i < count; ++i)
        kept += mask[first + i * lines.stride] != 0;
      if (kept != wanted && !error)
        error = invalid("the mask keeps " + std::to_string(kept) + " of " +
                            std::to_string(count) + " values from element " +
                            std::to_string(first) + " on, not " +
                            std::to_string(wanted),
                        first);
    });
  }
  if (sparsity.kind == Sparsity::Kind::Bitmap) {
    int64_t kept = 0;
    for (uint8_t keep : mask)
      kept += keep != 0;
    if (kept != sparsity.kept)
      return invalid("the mask keeps " + std::to_string(kept) +
                     " values, not " + std::to_string(sparsity.kept));
  }
  return error;
}

std::vector<int64_t>
lowbit::numerics::keptIndices(std::span<const uint8_t> mask, ShapeRef shape,
                              const Sparsity &sparsity) {
  std::vector<int64_t> indices;
  if (sparsity.kind != Sparsity::Kind::Pattern) {
    for (size_t i = 0; i < mask.size(); ++i)
      if (mask[i])
        indices.push_back(i);
    return indices;
  }
  indices.resize(numElements(sparsity.keptShape(shape)));
  Lines lines(shape, sparsity.axis);
  lines.forEachRun(sparsity, [&](int64_t first, int64_t count, int64_t place) {
    for (int64_t i = 0; i < count; ++i) {
      if (!mask[first + i * lines.stride])
        continue;
      indices[place] = first + i * lines.stride;
      place += lines.stride;
    }
  });
  return indices;
}

std::vector<int8_t>
lowbit::numerics::positionsOf(std::span<const int64_t> indices, ShapeRef shape,
                              const Sparsity &sparsity) {
  std::vector<int8_t> positions(indices.size());
  Lines lines(shape, sparsity.axis);
  for (size_t i = 0; i < indices.size(); ++i)
    positions[i] = static_cast<int8_t>(indices[i] / lines.stride %
                                       lines.length % sparsity.run);
  return positions;
}

std::vector<int64_t>
lowbit::numerics::indicesOf(std::span<const int8_t> positions, ShapeRef shape,
                            const Sparsity &sparsity) {
  std::vector<int64_t> indices(positions.size());
  Lines lines(shape, sparsity.axis);
  lines.forEachRun(sparsity, [&](int64_t first, int64_t count, int64_t place) {
    for (int64_t k = 0; k < std::min(sparsity.keep, count); ++k) {
      int64_t at = static_cast<uint8_t>(positions[place]);
      indices[place] = first + std::min(at, count - 1) * lines.stride;
      place += lines.stride;
    }
  });
  return indices;
}
