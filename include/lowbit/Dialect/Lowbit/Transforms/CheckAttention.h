//===- CheckAttention.h - What attention assumes at run time ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CHECKATTENTION_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CHECKATTENTION_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// Emits a run-time assertion for all that must hold and that the verifier of
/// `op` cannot see: that sizes it does not know are equal (C163), offsets
/// ascend (C197), and tables of pages name pages (C178). Whatever computes `op`
/// calls this before it reads as many rows as one operand says, or from where
/// one points to. What is known costs nothing.
void checkAttention(mlir::ImplicitLocOpBuilder &b, AttentionOp op);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CHECKATTENTION_H
