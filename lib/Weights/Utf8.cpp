//===- Utf8.cpp - Checking UTF-8 ------------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Utf8.h"

bool lowbit::weights::isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    unsigned char lead = text[i++];
    if (lead < 0x80)
      continue;
    unsigned trailing = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < trailing)
      return false;
    // Only the first trailing byte has a range that depends on the lead.
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (; trailing > 0; --trailing, low = 0x80, high = 0xbf) {
      unsigned char byte = text[i++];
      if (byte < low || byte > high)
        return false;
    }
  }
  return true;
}
