//===- Mma.h - Products of fragments ----------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_MMA_H
#define LOWBIT_KERNELS_NVVM_MMA_H

#include "lowbit/Kernels/NVVM/Fragment.h"

namespace lowbit::nvvm {

/// a * b + c by mma.sync.m16n8k16 with accumulators in f32: `a` are four i32,
/// `b` two, `c` and the result four f32.
Values multiply(KernelBuilder &kernel, Half half, mlir::ValueRange a,
                mlir::ValueRange b, mlir::ValueRange c);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_MMA_H
