//===- DecodeOperands.cpp - Decode in front of the users ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/DecodeOperands.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"

using namespace lowbit;
using namespace mlir;

bool lowbit::computesWithEncoded(Operation *op) {
  return isa<linalg::LinalgOp, tensor::ExtractOp, AttentionOp>(op) &&
         llvm::any_of(op->getOperandTypes(),
                      [](Type type) { return getEncoding(type) != nullptr; });
}

/// Where `value` is decoded for `user`: in front of all linalg ops around it,
/// so that it is decoded once, but behind what makes the value.
static Operation *getDecodePlace(Operation *user, Value value) {
  Operation *place = user;
  auto isInFrontOf = [&](Operation *op) {
    return !op->isAncestor(value.getParentRegion()->getParentOp());
  };
  while (isa_and_nonnull<linalg::LinalgOp>(place->getParentOp()) &&
         isInFrontOf(place->getParentOp()))
    place = place->getParentOp();
  return place;
}

void lowbit::decodeOperands(Operation *op) {
  llvm::SmallMapVector<Value, Value, 2> decoded;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!getEncoding(operand.get().getType()))
      continue;
    Value &real = decoded[operand.get()];
    if (!real) {
      OpBuilder builder(getDecodePlace(op, operand.get()));
      auto type = cast<RankedTensorType>(operand.get().getType());
      real = DecodeOp::create(builder, op->getLoc(), getRealType(type),
                              operand.get());
    }
    operand.set(real);
  }
}
