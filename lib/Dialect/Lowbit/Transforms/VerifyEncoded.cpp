//===- VerifyEncoded.cpp - Encoded tensors stand only where they may ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Looks at each value of encoded type, and at each attribute that holds such a
// type, and reports every place that docs/spec.md does not allow. MLIR's own
// passes take an encoding for a remark that may be dropped: they tile, reshape,
// cast and bufferize encoded tensors without a word. So the list is one of
// what is allowed; anything else, known or not, is an error. The messages say
// for the usual cases what goes wrong and what to write instead. Nothing is
// changed.
//
//===----------------------------------------------------------------------===//

#include "EncodingFinder.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace lowbit {
#define GEN_PASS_DEF_VERIFYENCODEDPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

class Checker {
public:
  /// Reports what is wrong with `op` itself, not with what it holds: at most
  /// one error, and the most telling. An encoded operand explains an encoded
  /// result or block argument, so operands come first.
  LogicalResult check(Operation *op);

private:
  LogicalResult checkUse(OpOperand &use);
  LogicalResult checkLinalgUse(linalg::LinalgOp op, OpOperand &use);
  LogicalResult checkResult(OpResult result);
  LogicalResult checkArgument(BlockArgument argument, Operation *parent);
  LogicalResult checkAttributes(Operation *op);

  EncodingFinder finder;
};

} // namespace

/// Structured control flow through which parts can take the tensor's place.
static bool isStructuredControlFlow(Operation *op) {
  return isa<scf::IfOp, scf::ForOp, scf::WhileOp, scf::IndexSwitchOp>(op);
}

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

/// A generic whose result at each point is the encoded operand's value at the
/// same point. Upstream folds it to a cast, and that to nothing.
static bool onlyCopies(linalg::LinalgOp op, OpOperand &use) {
  BlockArgument value = op.getMatchingBlockArgument(&use);
  Operation *yield = op.getBlock()->getTerminator();
  for (OpOperand &yielded : yield->getOpOperands())
    if (yielded.get() == value &&
        op.getMatchingIndexingMap(&use) ==
            op.getMatchingIndexingMap(
                op.getDpsInitOperand(yielded.getOperandNumber())))
      return true;
  return false;
}

LogicalResult Checker::checkLinalgUse(linalg::LinalgOp op, OpOperand &use) {
  // (C34)
  if (!op.isDpsInput(&use))
    return op.emitOpError(
        "writes into an encoded tensor: a linalg result is "
        "made of reals, and upstream fusion drops the "
        "rounding; compute into a tensor without encoding and "
        "lowbit.encode that");
  // (C35)
  if (isa<linalg::TransposeOp, linalg::BroadcastOp, linalg::CopyOp>(op) ||
      onlyCopies(op, use))
    return op.emitOpError("only moves the values of an encoded tensor, which "
                          "upstream folds away together with the decoding; "
                          "lowbit.decode it first");
  return success();
}

/// Explains the use of an encoded tensor by an operation that may not have it.
static StringRef explainUse(Operation *op) {
  if (isa<tensor::CastOp>(op))
    return "casts an encoded tensor, which folds to nothing and takes the "
           "rounding with it; use lowbit.decode, or lowbit.encode to the type "
           "wanted";
  if (isa<tensor::ReshapeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
          linalg::PackOp, linalg::UnPackOp, tensor::BitcastOp>(op))
    return "reshapes an encoded tensor, whose scales are tied to its axes; "
           "reshape before lowbit.encode or after lowbit.decode";
  if (isa<tensor::ExtractSliceOp, tensor::InsertSliceOp,
          tensor::ParallelInsertSliceOp, tensor::PadOp, tensor::ConcatOp,
          tensor::InsertOp, tensor::GatherOp, tensor::ScatterOp>(op))
    return "slices or joins an encoded tensor, whose groups count from its own "
           "first element; tile before lowbit.encode, or slice and join the "
           "parts (lowbit.disassemble, lowbit.assemble)";
  if (op->getName().getDialectNamespace() == "bufferization")
    return "would make a memref of floats of an encoded tensor and read codes "
           "as floats; run lowbit-to-parts before bufferization";
  if (op->getName().getDialectNamespace() == "vector")
    return "would read codes as floats; run lowbit-to-parts before "
           "vectorization";
  if (OpTrait::hasElementwiseMappableTraits(op))
    return "computes on an encoded tensor as if it were stored as floats; use "
           "linalg.generic, or lowbit.decode first";
  if (isa<RegionBranchOpInterface, RegionBranchTerminatorOpInterface,
          LoopLikeOpInterface, BranchOpInterface>(op))
    return "carries an encoded tensor through control flow that cannot carry "
           "its parts; use scf.if, scf.for, scf.while, scf.index_switch, cf.br "
           "or "
           "cf.cond_br";
  if (isa<CallOpInterface>(op))
    return "passes an encoded tensor to a call that cannot carry its parts; "
           "use func.call";
  if (isa<ml_program::GlobalStoreOp, ml_program::GlobalStoreGraphOp>(op))
    return "stores an encoded tensor in a global; store its parts "
           "(lowbit.disassemble)";
  return "does not know encodings; lowbit.decode the operand first, or work on "
         "its parts (lowbit.disassemble)";
}

/// (C33)
LogicalResult Checker::checkUse(OpOperand &use) {
  Operation *op = use.getOwner();
  // A type that holds an encoding is reported where the value is made.
  if (finder.find(use.get().getType()) != EncodingPlace::Tensor)
    return success();
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return checkLinalgUse(linalgOp, use);
  if (isa<DecodeOp, DisassembleOp, AttentionOp, tensor::DimOp, tensor::ExtractOp,
          func::CallOp, func::ReturnOp, cf::BranchOp, cf::CondBranchOp,
          scf::ConditionOp>(op) ||
      isStructuredControlFlow(op))
    return success();
  if (isa<scf::YieldOp>(op) && isStructuredControlFlow(op->getParentOp()))
    return success();
  // Canonicalization makes a select of an scf.if or cf.cond_br that only
  // chooses. A mask of conditions cannot choose among encoded elements: it
  // would have to be a tensor of i1 with the same encoding.
  if (isa<arith::SelectOp>(op))
    return success();
  return op->emitOpError(explainUse(op));
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

/// Explains an encoded result of an operation that may not make one and has no
/// encoded operand, which would have been reported.
static StringRef explainResult(Operation *op) {
  if (isa<ml_program::GlobalLoadOp, ml_program::GlobalLoadConstOp,
          ml_program::GlobalLoadGraphOp>(op))
    return "loads an encoded tensor; store codes, scales and zero points as "
           "globals of their own, load those and lowbit.assemble them";
  if (op->hasTrait<OpTrait::ConstantLike>())
    return "is a constant of encoded type, whose data would be taken for "
           "floats; lowbit.encode a constant without encoding, or "
           "lowbit.assemble constant parts";
  if (isa<tensor::EmptyOp>(op) ||
      op->getName().getDialectNamespace() == "bufferization")
    return "allocates an encoded tensor; nothing may write into one: make it "
           "with lowbit.encode or lowbit.assemble";
  return "makes an encoded tensor; only lowbit.encode and lowbit.assemble do, "
         "and control flow and func.call pass it on";
}

/// (C36)
static LogicalResult reportNested(Operation *op, StringRef what, Type type) {
  return op->emitOpError()
         << what << " of type " << type
         << ", which holds an encoding; an encoding stands on "
            "a tensor that is a value by itself";
}

/// (C32)
LogicalResult Checker::checkResult(OpResult result) {
  Operation *op = result.getOwner();
  switch (finder.find(result.getType())) {
  case EncodingPlace::None:
    return success();
  case EncodingPlace::Nested:
    return reportNested(op, "makes a value", result.getType());
  case EncodingPlace::Tensor:
    break;
  }
  if (isa<EncodeOp, AssembleOp, func::CallOp>(op) ||
      isStructuredControlFlow(op) || isa<arith::SelectOp>(op))
    return success();
  return op->emitOpError(explainResult(op));
}

LogicalResult Checker::checkArgument(BlockArgument argument,
                                     Operation *parent) {
  switch (finder.find(argument.getType())) {
  case EncodingPlace::None:
    return success();
  case EncodingPlace::Nested:
    return reportNested(parent, "has a block argument", argument.getType());
  case EncodingPlace::Tensor:
    break;
  }
  Block *block = argument.getOwner();
  if (!block->isEntryBlock()) {
    // What a branch passes on is checked as a use.
    if (llvm::all_of(block->getPredecessors(), [](Block *from) {
          return isa<BranchOpInterface>(from->getTerminator());
        }))
      return success();
    return parent->emitOpError("has a block with an encoded argument that does "
                               "not come from cf.br or cf.cond_br");
  }
  if (isa<func::FuncOp>(parent) || isStructuredControlFlow(parent))
    return success();
  return parent->emitOpError("has an encoded block argument; only func.func, "
                             "scf.for and scf.while may");
}

/// (C36)
LogicalResult Checker::checkAttributes(Operation *op) {
  // A function's type says what its arguments and results are, and those stand
  // where they may.
  auto function = dyn_cast<func::FuncOp>(op);
  if (function) {
    for (Type type : function.getArgumentTypes())
      if (finder.find(type) == EncodingPlace::Nested)
        return reportNested(op, "has an argument", type);
    for (Type type : function.getResultTypes())
      if (finder.find(type) == EncodingPlace::Nested)
        return reportNested(op, "has a result", type);
  }
  auto global = dyn_cast<ml_program::GlobalOp>(op);
  if (global && finder.isIn(global.getType()))
    return op->emitOpError(
        "is a global of encoded type; make one global each of "
        "codes, scales and zero points");
  for (NamedAttribute named : op->getAttrs()) {
    if (function && named.getName() == function.getFunctionTypeAttrName())
      continue;
    if (finder.isInTypeOf(named.getValue()))
      return op->emitOpError("holds an encoded type in attribute '")
             << named.getName().getValue()
             << "', where no pass that changes types would find it";
  }
  return success();
}

LogicalResult Checker::check(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    if (failed(checkUse(operand)))
      return failure();
  for (OpResult result : op->getResults())
    if (failed(checkResult(result)))
      return failure();
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument argument : block.getArguments())
        if (failed(checkArgument(argument, op)))
          return failure();
  return checkAttributes(op);
}

namespace {
struct VerifyEncodedPass final
    : lowbit::impl::VerifyEncodedPassBase<VerifyEncodedPass> {
  using Base::Base;

  void runOnOperation() override {
    // One run reports everything.
    Checker checker;
    bool isWrong = false;
    getOperation()->walk(
        [&](Operation *op) { isWrong |= failed(checker.check(op)); });
    if (isWrong)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
