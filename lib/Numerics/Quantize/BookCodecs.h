//===- BookCodecs.h - The codecs of learned levels --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_BOOKCODECS_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_BOOKCODECS_H

#include "lowbit/Numerics/Codec/Table.h"
#include "lowbit/Numerics/Format.h"

#include <algorithm>

namespace lowbit::numerics {

/// A codec for each book of a tensor, or for a format without books its one.
class BookCodecs {
public:
  /// `levels` are those of all books, as BlockParameters has them. All fits.
  BookCodecs(ShapeRef shape, const Format &format,
             std::span<const float> levels);

  /// The first book that has no finite level, or -1.
  int64_t firstUseless() const;

  /// The codec of the element at a row-major index.
  const Codec &ofElement(int64_t element) const {
    return books ? *codecs[granularity->scaleIndex(element)] : plain;
  }

  /// Calls `fn(codec, offset, length)` for the runs of elements
  /// [begin, begin + n) of a row of the last axis that have one codec.
  template <typename Fn>
  void forEachRun(int64_t row, int64_t begin, int64_t n, Fn &&fn) const {
    if (!books) {
      fn(plain, 0, n);
      return;
    }
    int64_t first = view->scaleRow(row) * view->scalesPerRow();
    for (int64_t i = 0; i < n;) {
      int64_t book = (begin + i) / view->rowBlock();
      int64_t end = std::min(n, (book + 1) * view->rowBlock() - begin);
      fn(*codecs[first + book], i, end - i);
      i = end;
    }
  }

private:
  const Codec &plain;
  bool books;
  std::optional<Granularity> granularity;
  std::optional<RowView> view;
  std::vector<CodecRef> codecs;
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_BOOKCODECS_H
