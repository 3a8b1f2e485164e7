//===- Arguments.h - Arguments of kernels of attention ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_ARGUMENTS_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_ARGUMENTS_H

#include "lowbit/Kernels/NVVM/Attention.h"

namespace lowbit::nvvm {

/// Types of the arguments, in order.
llvm::SmallVector<mlir::Type>
getAttentionArgumentTypes(mlir::MLIRContext *context,
                          const AttentionSpec &spec);

/// The arguments of a kernel by name.
class AttentionArguments {
public:
  AttentionArguments(const AttentionSpec &spec, mlir::ValueRange values);

  /// One that the kernel of the spec has.
  mlir::Value operator[](AttentionArgument argument) const;

private:
  llvm::SmallDenseMap<int, mlir::Value, 64> values;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_ARGUMENTS_H
