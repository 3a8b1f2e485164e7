//===- TextTable.cpp - Tables for terminals -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/TextTable.h"

#include "llvm/ADT/StringRef.h"

using namespace lowbit;

void TextTable::print(llvm::raw_ostream &os, llvm::StringRef indent) const {
  std::vector<size_t> widths(isNumber.size(), 0);
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const std::vector<std::string> &row : rows) {
    std::string line = indent.str();
    for (size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - row[i].size(), ' ');
      line += i == 0 ? "" : "  ";
      line += isNumber[i] ? padding + row[i] : row[i] + padding;
    }
    os << llvm::StringRef(line).rtrim() << '\n';
  }
}
