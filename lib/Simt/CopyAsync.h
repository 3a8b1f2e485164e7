//===- CopyAsync.h - cp.async: copies that land later -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_COPYASYNC_H
#define LOWBIT_LIB_SIMT_COPYASYNC_H

#include "Block.h"

namespace lowbit::simt {

/// The ops COPY_ASYNC, COPY_COMMIT and COPY_WAIT for the running lane.
void copyAsync(Block &block, const Site &site, const char *operands);
void copyCommit(Block &block, const Site &site);
void copyWait(Block &block, const Site &site);

/// Lets some copies of `lane` land, by chance: for Completion::Random.
void landSomeCopies(Block &block, Lane &lane);

/// The lane exits; its copies land although no one waits for them.
void landAtExit(Block &block, Lane &lane);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_COPYASYNC_H
