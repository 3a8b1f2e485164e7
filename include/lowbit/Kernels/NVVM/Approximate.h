//===- Approximate.h - Functions with instructions of their own -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_APPROXIMATE_H
#define LOWBIT_KERNELS_NVVM_APPROXIMATE_H

#include "lowbit/Kernels/NVVM/KernelBuilder.h"

namespace lowbit::nvvm {

/// 2^x by ex2.approx, to 2 units in the last place; 0 for -infinity.
mlir::Value exp2(KernelBuilder &kernel, mlir::Value x);

/// Binary logarithm by lg2.approx.ftz: an error of 2^-22 near 1, else relative.
mlir::Value log2(KernelBuilder &kernel, mlir::Value x);

/// 1 / x by rcp.approx.ftz, to 1 unit in the last place.
mlir::Value reciprocal(KernelBuilder &kernel, mlir::Value x);

/// tanh by `exp2` and `reciprocal`, or a polynomial near 0, with an error of
/// some 2^-21 of it; the one instruction for it has 2^-11.
mlir::Value tanh(KernelBuilder &kernel, mlir::Value x);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_APPROXIMATE_H
