//===- Barrier.h - Threads that wait for each other -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_BARRIER_H
#define LOWBIT_KERNELS_NVVM_BARRIER_H

#include "lowbit/Kernels/NVVM/KernelBuilder.h"

namespace lowbit::nvvm {

/// All threads of the block, and what they have written to shared memory.
void synchronizeBlock(KernelBuilder &kernel);

/// All threads of the warp, the same.
void synchronizeWarp(KernelBuilder &kernel);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_BARRIER_H
