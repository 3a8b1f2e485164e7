//===- Utf8.h - Checking UTF-8 ----------------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_UTF8_H
#define LOWBIT_LIB_WEIGHTS_UTF8_H

#include <string_view>

namespace lowbit::weights {

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7: no overlong
/// forms, no surrogates, nothing above U+10FFFF).
bool isUtf8(std::string_view text);

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_UTF8_H
