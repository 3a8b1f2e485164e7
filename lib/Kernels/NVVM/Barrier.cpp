//===- Barrier.cpp - Threads that wait for each other ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Barrier.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

void lowbit::nvvm::synchronizeBlock(KernelBuilder &kernel) {
  mlir::NVVM::Barrier0Op::create(kernel.builder, kernel.getLoc());
}

void lowbit::nvvm::synchronizeWarp(KernelBuilder &kernel) {
  mlir::NVVM::SyncWarpOp::create(kernel.builder, kernel.getLoc(),
                                 kernel.constant(-1));
}
