//===- Atomic.h - Read-modify-write ops on memory ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_ATOMIC_H
#define LOWBIT_LIB_SIMT_ATOMIC_H

#include "Block.h"

namespace lowbit::simt {

/// The op ATOMIC for the running lane.
void atomic(Block &block, const Site &site, const char *operands,
            void *results);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_ATOMIC_H
