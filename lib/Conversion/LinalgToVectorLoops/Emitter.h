//===- Emitter.h - The state of emitting vector loops -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_EMITTER_H
#define LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_EMITTER_H

#include "LaneReduction.h"
#include "LoopPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// Emits the loops of one op: VectorLoopEmitter.cpp has these and what they
/// compute, VectorLoads.cpp what they load.
class Emitter {
public:
  Emitter(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
          const LoopPlan &plan, int64_t lanes)
      : b(op.getLoc(), rewriter), op(op), plan(plan), lanes(lanes) {
    for (mlir::Operation *combiner : plan.combiners)
      reductions.push_back(LaneReduction(combiner, lanes));
  }

  void emit();

private:
  mlir::Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(b, value);
  }
  mlir::VectorType vectorOf(mlir::Type type) {
    return mlir::VectorType::get({lanes}, type);
  }
  mlir::Value constant(mlir::TypedAttr value) {
    return mlir::arith::ConstantOp::create(b, value);
  }
  mlir::Value toVector(mlir::Value value) {
    if (mlir::isa<mlir::VectorType>(value.getType()))
      return value;
    return mlir::vector::BroadcastOp::create(b, vectorOf(value.getType()),
                                             value);
  }
  /// What masked-out lanes of a load hold: nothing that a division traps on.
  mlir::Value passThrough(mlir::VectorType type) {
    mlir::TypedAttr one = b.getOneAttr(type.getElementType());
    return constant(mlir::DenseElementsAttr::get(type, mlir::Attribute(one)));
  }

  void emitLoops(llvm::ArrayRef<unsigned> dims);
  void emitVectorDim();
  int64_t countChains();
  llvm::SmallVector<mlir::Value> emitSumOfSums(mlir::ValueRange all);
  void emitUniformPart();
  llvm::SmallVector<mlir::Value>
  emitVectorPart(mlir::Value iv, mlir::Value mask, mlir::ValueRange sums);
  void emitAssert(mlir::cf::AssertOp assertion, mlir::Value mask,
                  mlir::IRMapping &mapping);
  bool isOneLane() const;
  mlir::Value emitOp(mlir::Operation &inner, mlir::Value iv, mlir::Value mask,
                     mlir::IRMapping &mapping);

  /// `memref` for vectors to be loaded from and stored to: one of i1, which has
  /// a byte for each element, as one of i8.
  mlir::Value asBytes(mlir::Value memref);
  /// The elements of a vector that was loaded from there.
  mlir::Value fromBytes(mlir::Value vector, mlir::Type element);

  /// The element indices of an operand with the vector dimension at `iv`.
  llvm::SmallVector<mlir::Value> indices(mlir::OpOperand &operand,
                                         mlir::Value iv);
  mlir::Value loadVector(mlir::OpOperand &operand, mlir::Value iv,
                         mlir::Value mask);
  mlir::Value loadContiguous(mlir::VectorType type, mlir::Value memref,
                             mlir::ValueRange at, mlir::Value mask);
  mlir::Value loadRepeated(mlir::OpOperand &operand, mlir::ValueRange at,
                           mlir::Value iv, mlir::Value mask);
  mlir::Value loadAt(mlir::memref::LoadOp load, mlir::Value iv,
                     mlir::Value mask, mlir::IRMapping &mapping);

  mlir::ImplicitLocOpBuilder b;
  mlir::linalg::GenericOp op;
  const LoopPlan &plan;
  int64_t lanes;
  /// For each output, if the vector dimension is a reduction.
  llvm::SmallVector<LaneReduction> reductions;
  llvm::SmallVector<mlir::Range> ranges;
  /// Induction variables; that of the vector dimension is null outside of the
  /// vector loop.
  llvm::SmallVector<mlir::Value> ivs;
  /// Values of the body that are the same for all of the vector loop.
  mlir::IRMapping uniform;
  /// Assertions that are checked once in front of the vector loop.
  llvm::SmallPtrSet<mlir::Operation *, 4> hoisted;
};

} // namespace lowbit

#endif // LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_EMITTER_H
