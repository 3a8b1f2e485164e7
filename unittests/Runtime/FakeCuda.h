//===- FakeCuda.h - A CUDA driver that has no GPU ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_RUNTIME_FAKECUDA_H
#define LOWBIT_UNITTESTS_RUNTIME_FAKECUDA_H

/// How many launches, allocations and what was freed came to the fake driver,
/// and how many of all calls from a thread that had not its context.
struct FakeCudaCounts {
  int launches, allocations, freed, strangers;
};

extern "C" FakeCudaCounts fakeCudaCounts();

#endif // LOWBIT_UNITTESTS_RUNTIME_FAKECUDA_H
