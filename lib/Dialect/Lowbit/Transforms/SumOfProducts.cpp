//===- SumOfProducts.cpp - What a contraction computes --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

bool lowbit::isSumOfProducts(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  Value result = body->getTerminator()->getOperand(0);
  auto add = result.getDefiningOp<arith::AddFOp>();
  if (!add || body->getNumArguments() != 3)
    return false;
  Value product = add.getLhs() == body->getArgument(2)   ? add.getRhs()
                  : add.getRhs() == body->getArgument(2) ? add.getLhs()
                                                         : Value();
  auto mul = product ? product.getDefiningOp<arith::MulFOp>() : nullptr;
  if (!mul)
    return false;
  auto unwiden = [](Value value) {
    auto widen = value.getDefiningOp<arith::ExtFOp>();
    return widen ? widen.getIn() : value;
  };
  Value lhs = unwiden(mul.getLhs()), rhs = unwiden(mul.getRhs());
  Value in0 = body->getArgument(0), in1 = body->getArgument(1);
  return (lhs == in0 && rhs == in1) || (lhs == in1 && rhs == in0);
}

bool lowbit::isConvolutionOfProducts(linalg::LinalgOp op) {
  // Pooling has the interface, too.
  return linalg::isaConvolutionOpInterface(op) && isSumOfProducts(op) &&
         succeeded(linalg::inferConvolutionDims(op));
}

bool lowbit::isProduct(linalg::LinalgOp op) {
  if (linalg::isaContractionOpInterface(op))
    return true;
  // Pooling has the interface, too.
  return linalg::isaConvolutionOpInterface(op) &&
         llvm::any_of(*op.getBlock(), [](Operation &inner) {
           return isa<arith::MulFOp, arith::MulIOp>(inner);
         });
}

bool lowbit::isIndexedByAllParallelLoops(linalg::LinalgOp op) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (auto [loop, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (map.isFunctionOfDim(loop) != (type == utils::IteratorType::parallel))
      return false;
  return true;
}
