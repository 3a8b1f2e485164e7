//===- Reduce.h - Sums and maxima across threads ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_REDUCE_H
#define LOWBIT_KERNELS_NVVM_REDUCE_H

#include "lowbit/Kernels/NVVM/KernelBuilder.h"

namespace lowbit::nvvm {

/// Combines an f32 of the four threads that share a row of an accumulator; all
/// of them get the result, and the same bits.
mlir::Value
reduceQuad(KernelBuilder &kernel, mlir::Value value,
           llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

mlir::Value maxOfQuad(KernelBuilder &kernel, mlir::Value value);
mlir::Value sumOfQuad(KernelBuilder &kernel, mlir::Value value);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_REDUCE_H
