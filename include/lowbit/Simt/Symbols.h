//===- Symbols.h - The interface by name, for linkers -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_SIMT_SYMBOLS_H
#define LOWBIT_SIMT_SYMBOLS_H

#include <span>

namespace lowbit::simt {

/// A function of Abi.h.
struct Symbol {
  const char *name;
  void *address;
};

/// All functions of Abi.h, for whoever loads a kernel into this process: a
/// static library exports none of them.
std::span<const Symbol> symbols();

} // namespace lowbit::simt

#endif // LOWBIT_SIMT_SYMBOLS_H
