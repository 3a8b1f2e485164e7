//===- DecodeOperands.h - Decode in front of the users ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_DECODEOPERANDS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_DECODEOPERANDS_H

#include "mlir/IR/Operation.h"

namespace lowbit {

/// Whether `op` computes with an encoded operand: a linalg op, attention, or a
/// tensor.extract that gathers from one.
bool computesWithEncoded(mlir::Operation *op);

/// Gives `op` a `lowbit.decode` in place of each encoded operand. Decodes stand
/// in front of `op`, and of all linalg ops around it.
void decodeOperands(mlir::Operation *op);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_DECODEOPERANDS_H
