//===- Window.h - Rows and columns of a tensor ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_INSPECT_WINDOW_H
#define LOWBIT_TOOLS_QUANT_INSPECT_WINDOW_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace lowbit {

/// Part of a tensor that is seen as a matrix: its last axis is the columns, all
/// others together the rows. A scalar is 1 x 1.
struct Window {
  int64_t firstRow = 0, lastRow = 0;       // behind the last
  int64_t firstColumn = 0, lastColumn = 0; // behind the last
  int64_t columns = 1;                     // of the tensor

  /// The rows and columns of texts such as "2:5", "2:", ":5" or "3", or the
  /// first eight where a text is empty. Fails for other texts, empty ranges and
  /// ranges beyond the tensor.
  static llvm::Expected<Window> parse(llvm::StringRef rows,
                                      llvm::StringRef columns,
                                      llvm::ArrayRef<int64_t> shape);

  int64_t numRows() const { return lastRow - firstRow; }
  int64_t numColumns() const { return lastColumn - firstColumn; }

  /// Calls `fn(row, column, element)`, with row-major numbers of elements.
  template <typename Fn>
  void forEach(Fn &&fn) const {
    for (int64_t i = firstRow; i < lastRow; ++i)
      for (int64_t j = firstColumn; j < lastColumn; ++j)
        fn(i, j, i * columns + j);
  }
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_INSPECT_WINDOW_H
