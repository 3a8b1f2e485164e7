//===- Convert.h - Numbers of other types -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_CONVERT_H
#define LOWBIT_KERNELS_NVVM_CONVERT_H

#include "lowbit/Kernels/NVVM/Fragment.h"

namespace lowbit::nvvm {

/// Two f32 rounded to nearest even, `low` in the low half: one i32, as operands
/// of products and stores have them.
mlir::Value pack(KernelBuilder &kernel, Half half, mlir::Value low,
                 mlir::Value high);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_CONVERT_H
