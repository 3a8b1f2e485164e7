//===- BlockReader.cpp - The values of blocks in one place ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockReader.h"

#include "RowChunks.h"

using namespace lowbit::numerics;

BlockReader::BlockReader(const Granularity &granularity)
    : shape(granularity.shape().begin(), granularity.shape().end()),
      view(granularity, RowView::Rows::Longest),
      blocks(granularity.numScales()) {
  int64_t rows = granularity.numElements() ? view.numRowsOf(0) : 0;
  slot = std::min(view.rowBlock(), view.rowLength()) * rows;
  inPlace = rows == 1 && view.rowLength() % view.rowBlock() == 0;
}

int64_t BlockReader::size(int64_t block) const {
  if (slot == 0)
    return 0;
  int64_t column = block % view.scalesPerRow() * view.rowBlock();
  return view.numRowsOf(block / view.scalesPerRow()) *
         std::min(view.rowBlock(), view.rowLength() - column);
}

int64_t BlockReader::groupSize() const {
  // Floats of a cache line.
  constexpr int64_t line = 16;
  int64_t fill = chunkSize / std::max<int64_t>(slot, 1);
  return std::max<int64_t>(fill, inPlace ? 1 : line / view.rowBlock());
}

const float *BlockReader::read(const float *values, int64_t first,
                               int64_t count,
                               std::vector<float> &buffer) const {
  if (inPlace)
    return values + first * slot;
  buffer.assign(count * slot, 0.0f);
  forEachRun(first, count, [&](int64_t offset, int64_t place, int64_t length) {
    std::copy_n(values + offset, length, buffer.data() + place);
  });
  return buffer.data();
}

const float *BlockReader::readWeights(const ErrorWeights &weights,
                                      int64_t first, int64_t count,
                                      std::vector<float> &buffer) const {
  if (!weights.elements.empty())
    return read(weights.elements.data(), first, count, buffer);
  if (weights.channels.empty())
    return nullptr;
  int64_t stride = 1, size = shape[weights.axis];
  for (size_t d = weights.axis + 1; d < shape.size(); ++d)
    stride *= shape[d];
  buffer.assign(count * slot, 0.0f);
  forEachRun(first, count, [&](int64_t offset, int64_t place, int64_t length) {
    int64_t inside = offset % stride, channel = offset / stride % size;
    for (int64_t j = 0; j < length; ++j) {
      buffer[place + j] = weights.channels[channel];
      if (++inside < stride)
        continue;
      inside = 0;
      channel = channel + 1 < size ? channel + 1 : 0;
    }
  });
  return buffer.data();
}
