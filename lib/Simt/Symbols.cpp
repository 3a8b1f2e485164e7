//===- Symbols.cpp - The interface by name, for those who link kernels ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/Symbols.h"

#include "lowbit/Simt/Abi.h"

using namespace lowbit::simt;

std::span<const Symbol> lowbit::simt::symbols() {
  static const Symbol all[] = {
      {"lowbit_simt_op", reinterpret_cast<void *>(lowbit_simt_op)},
      {"lowbit_simt_access", reinterpret_cast<void *>(lowbit_simt_access)},
      {"lowbit_simt_count", reinterpret_cast<void *>(lowbit_simt_count)},
      {"lowbit_simt_trap", reinterpret_cast<void *>(lowbit_simt_trap)},
      {"lowbit_simt_sreg", reinterpret_cast<void *>(lowbit_simt_sreg)},
      {"lowbit_simt_shared", reinterpret_cast<void *>(lowbit_simt_shared)},
  };
  return all;
}
