//===- BlockReader.h - The values of blocks in one place --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_BLOCKREADER_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_BLOCKREADER_H

#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Numerics/Quantize/ErrorWeights.h"

#include <vector>

namespace lowbit::numerics {

/// Copies blocks of a tensor, which may be strided, into contiguous slots.
/// A search looks at each value dozens of times, so it pays to bring them
/// together once.
class BlockReader {
public:
  explicit BlockReader(const Granularity &granularity);

  int64_t numBlocks() const { return blocks; }
  /// Elements of a slot: those of the largest block.
  int64_t slotSize() const { return slot; }
  /// Elements of one block, at most slotSize(); short at the end of an axis.
  int64_t size(int64_t block) const;
  /// How many blocks are best read at a time: enough to fill a buffer of the
  /// first-level cache, and a cache line where neighbours are interleaved.
  int64_t groupSize() const;

  /// The slots of blocks [first, first + count), each with its values in
  /// row-major order and zeros behind a short block's. They are in `values`
  /// itself where that already looks so, else in `buffer`.
  const float *read(const float *values, int64_t first, int64_t count,
                    std::vector<float> &buffer) const;

  /// The same of the weights; null if there are none.
  const float *readWeights(const ErrorWeights &weights, int64_t first,
                           int64_t count, std::vector<float> &buffer) const;

  /// The inverse of read: what the slots hold goes to its place in `values`.
  template <typename T>
  void write(const T *slots, int64_t first, int64_t count, T *values) const {
    forEachRun(first, count,
               [&](int64_t offset, int64_t place, int64_t length) {
                 std::copy_n(slots + place, length, values + offset);
               });
  }

private:
  /// Calls fn(offset in the tensor, place in the slots, length) for each
  /// contiguous run of blocks [first, first + count), neighbours side by side.
  template <typename Fn>
  void forEachRun(int64_t first, int64_t count, Fn &&fn) const;

  Shape shape;
  RowView view;
  int64_t blocks;
  int64_t slot;
  bool inPlace;
};

template <typename Fn>
void BlockReader::forEachRun(int64_t first, int64_t count, Fn &&fn) const {
  if (slot == 0)
    return;
  int64_t perRow = view.scalesPerRow(), width = view.rowBlock();
  int64_t length = view.rowLength();
  for (int64_t done = 0; done < count;) {
    int64_t scaleRow = (first + done) / perRow, begin = (first + done) % perRow;
    int64_t end = std::min(perRow, begin + count - done);
    for (int64_t i = 0, rows = view.numRowsOf(scaleRow); i < rows; ++i) {
      int64_t row = view.rowOf(scaleRow, i) * length;
      int64_t place = done * slot;
      for (int64_t b = begin; b < end; ++b, place += slot) {
        int64_t run = std::min(width, length - b * width);
        fn(row + b * width, place + i * run, run);
      }
    }
    done += end - begin;
  }
}

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_BLOCKREADER_H
