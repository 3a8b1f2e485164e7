//===- TextTable.h - Tables for terminals -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_TEXTTABLE_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_TEXTTABLE_H

#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace lowbit {

/// Rows of cells; each column is as wide as its widest.
struct TextTable {
  /// One for each column: numbers stand right, text left.
  std::vector<bool> isNumber;
  /// Titles are a row like others.
  std::vector<std::vector<std::string>> rows;

  void print(llvm::raw_ostream &os, llvm::StringRef indent = "") const;
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_TEXTTABLE_H
