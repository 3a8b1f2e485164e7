//===- ConvertOps.h - Ops of a kernel to calls of the emulator --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_NVVMTOSIMT_CONVERTOPS_H
#define LOWBIT_LIB_CONVERSION_NVVMTOSIMT_CONVERTOPS_H

#include "SimtCalls.h"
#include "mlir/IR/PatternMatch.h"

namespace lowbit {

/// Moves ops of `block` that lanes can do at one meeting together; returns them
/// by meeting, those that stay alone left out.
llvm::SmallVector<llvm::SmallVector<mlir::Operation *>>
gatherBatches(mlir::Block &block);

/// Replaces what gatherBatches put together.
llvm::LogicalResult convertBatch(mlir::RewriterBase &rewriter,
                                 llvm::ArrayRef<mlir::Operation *> ops,
                                 SimtCalls &calls);

/// Each of these replaces `op` if it is one of its ops, and tells whether it
/// was; failure after an error on what the emulator has no counterpart for.

/// Matrix products, shuffles, votes, barriers, asynchronous copies: what lanes
/// do together, or memory on its own.
llvm::FailureOr<bool> convertCollective(mlir::RewriterBase &rewriter,
                                        mlir::Operation *op, SimtCalls &calls);

/// Special registers, approximations, conversions and byte permutations: what
/// the host computes itself.
llvm::FailureOr<bool> convertArithmetic(mlir::RewriterBase &rewriter,
                                        mlir::Operation *op, SimtCalls &calls);

/// Atomics and fences, and loads and stores, which stay and get a call before
/// them.
llvm::FailureOr<bool> convertMemory(mlir::RewriterBase &rewriter,
                                    mlir::Operation *op, SimtCalls &calls);

/// An error if `op` of the llvm dialect, which none of these knows, accesses
/// memory: the emulator would not see it.
llvm::LogicalResult verifyNoMemory(mlir::Operation *op);

} // namespace lowbit

#endif // LOWBIT_LIB_CONVERSION_NVVMTOSIMT_CONVERTOPS_H
