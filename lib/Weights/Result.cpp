//===- Result.cpp - Error messages ----------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Result.h"

using namespace lowbit::weights;

std::string lowbit::weights::inQuotes(std::string_view name) {
  constexpr size_t longest = 200;
  static const char digits[] = "0123456789abcdef";
  bool cut = name.size() > longest;
  std::string text = "'";
  for (unsigned char c : name.substr(0, longest)) {
    if (c >= 0x20 && c < 0x7f && c != '\'' && c != '\\') {
      text += static_cast<char>(c);
      continue;
    }
    text += "\\x";
    text += digits[c >> 4];
    text += digits[c & 15];
  }
  return text + (cut ? "...'" : "'");
}

Error lowbit::weights::fileError(std::string_view path,
                                 std::string_view reason) {
  return {std::string(path) + ": " + std::string(reason)};
}

Error lowbit::weights::tensorError(std::string_view path, std::string_view name,
                                   std::string_view reason) {
  return fileError(path,
                   "tensor " + inQuotes(name) + ": " + std::string(reason));
}
