//===- KernelFunction.h - Functions that a GPU launches ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_KERNELFUNCTION_H
#define LOWBIT_KERNELS_NVVM_KERNELFUNCTION_H

#include "lowbit/Kernels/NVVM/KernelBuilder.h"
#include "lowbit/Kernels/NVVM/Target.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace lowbit::nvvm {

/// How a kernel is launched.
struct KernelShape {
  /// Of a block, along x.
  int64_t threads = 0;
  /// Blocks that a multiprocessor should hold; without it ptxas spills to make
  /// room for more of them.
  int64_t blocksPerProcessor = 1;
  /// Dynamic shared memory.
  int64_t sharedBytes = 0;
};

/// Name of the attribute of a kernel that holds its bytes of shared memory.
inline constexpr llvm::StringLiteral sharedBytesAttrName =
    "lowbit.shared_bytes";

/// Name of the attribute of a GPU module that holds the spec of its kernel.
inline constexpr llvm::StringLiteral kernelAttrName = "lowbit.kernel_spec";

/// Adds a kernel with an empty entry block to `module`, whose target becomes
/// `target`. Denormal f32 are zeros in it. What is written through an argument
/// that is a pointer is not read or written through another: they are
/// `llvm.noalias`.
mlir::LLVM::LLVMFuncOp createKernel(mlir::gpu::GPUModuleOp module,
                                    llvm::StringRef name, const Target &target,
                                    const KernelShape &shape,
                                    mlir::TypeRange arguments);

/// The start of a block's dynamic shared memory, aligned to 1024 bytes. All
/// kernels of a module share the symbol.
mlir::Value getSharedMemory(KernelBuilder &kernel);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_KERNELFUNCTION_H
