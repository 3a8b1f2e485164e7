//===- Window.cpp - Rows and columns of a tensor --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

#include "lowbit/Numerics/Granularity.h"
#include "llvm/ADT/StringRef.h"

using namespace lowbit;

static constexpr int64_t kUsual = 8;

/// The range that `text` says of `size` rows or columns, called `what`.
static llvm::Error parseRange(llvm::StringRef what, llvm::StringRef text,
                              int64_t size, int64_t &first, int64_t &last) {
  first = 0;
  last = std::min(size, kUsual);
  if (text.empty())
    return llvm::Error::success();
  auto fail = [&](const llvm::Twine &reason) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "--" + what + "=" + text + ": " + reason);
  };
  auto [from, to] = text.split(':');
  bool isOne = !text.contains(':');
  last = size;
  if ((isOne || !from.empty()) && from.getAsInteger(10, first))
    return fail("write a range from 0 on, such as 2:5, 2:, :5, or one number");
  if (first < 0 || first > size || (isOne && first == size))
    return fail("the tensor has " + llvm::Twine(size) + " " + what);
  if (isOne)
    last = first + 1;
  else if (!to.empty() && to.getAsInteger(10, last))
    return fail("write a range from 0 on, such as 2:5, 2:, :5, or one number");
  if (last > size)
    return fail("the tensor has " + llvm::Twine(size) + " " + what);
  if (first >= last && size != 0)
    return fail("the range is empty");
  return llvm::Error::success();
}

llvm::Expected<Window> Window::parse(llvm::StringRef rows,
                                     llvm::StringRef columns,
                                     llvm::ArrayRef<int64_t> shape) {
  Window window;
  int64_t numRows = 1;
  if (!shape.empty()) {
    window.columns = shape.back();
    numRows = numerics::numElements(shape.drop_back());
  }
  if (llvm::Error error =
          parseRange("rows", rows, numRows, window.firstRow, window.lastRow))
    return error;
  if (llvm::Error error = parseRange("columns", columns, window.columns,
                                     window.firstColumn, window.lastColumn))
    return error;
  return window;
}
