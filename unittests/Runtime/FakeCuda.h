//===- FakeCuda.h - A CUDA driver that has no GPU ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_RUNTIME_FAKECUDA_H
#define LOWBIT_UNITTESTS_RUNTIME_FAKECUDA_H

/// How many launches and allocations came to the fake driver from a thread that
/// had its context, and how many of all calls from one that had not.
struct FakeCudaCounts {
  int launches, allocations, strangers;
};

extern "C" FakeCudaCounts fakeCudaCounts();

#endif // LOWBIT_UNITTESTS_RUNTIME_FAKECUDA_H
