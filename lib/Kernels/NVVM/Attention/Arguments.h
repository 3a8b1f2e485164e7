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

/// Types of arguments, in order.
llvm::SmallVector<mlir::Type>
getTypes(mlir::MLIRContext *context,
         llvm::ArrayRef<AttentionArgument> arguments);

/// A kernel with such arguments, whose names it keeps in `lowbit.arguments`.
mlir::LLVM::LLVMFuncOp
createKernel(mlir::gpu::GPUModuleOp module, llvm::StringRef name,
             const Target &target, const KernelShape &shape,
             llvm::ArrayRef<AttentionArgument> arguments);

/// The arguments of a kernel by name.
class AttentionArguments {
public:
  AttentionArguments(llvm::ArrayRef<AttentionArgument> arguments,
                     mlir::ValueRange values);

  /// One that the kernel has.
  mlir::Value operator[](AttentionArgument argument) const;

private:
  llvm::SmallDenseMap<int, mlir::Value, 64> values;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_ARGUMENTS_H
