//===- VerifyParts.cpp - No encoded tensor reaches bufferization ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands first in every pipeline that bufferizes: bufferization makes a memref
// of floats of an encoded tensor in silence, and ml_program has no
// bufferization at all. Reports each type with an encoding in a result, a block
// argument or an attribute (a function's type is one), each operation on
// encoded tensors and each ml_program global that is left, and names the pass
// that should have removed it. Nothing is changed.
//
//===----------------------------------------------------------------------===//

#include "EncodingFinder.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"

namespace lowbit {
#define GEN_PASS_DEF_VERIFYPARTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// (C37), (C38). Reports what is left in `op`: at most one error for each, the
/// most telling.
static LogicalResult check(Operation *op, EncodingFinder &finder) {
  if (isa<EncodeOp, DecodeOp, AssembleOp, DisassembleOp>(op))
    return op->emitOpError("is left before bufferization; run lowbit-to-parts");
  if (isa<ml_program::GlobalOp, ml_program::GlobalLoadOp,
          ml_program::GlobalLoadConstOp, ml_program::GlobalLoadGraphOp,
          ml_program::GlobalStoreOp, ml_program::GlobalStoreGraphOp>(op))
    return op->emitOpError("is left before bufferization, and ml_program does "
                           "not bufferize; run lowbit-globals-to-arguments");

  for (Type type : op->getResultTypes())
    if (finder.isIn(type))
      return op->emitOpError("has a result of encoded type ")
             << type << ", of which bufferization would make floats; run "
             << "lowbit-to-parts";
  // The type of a function names its arguments too; report them once.
  for (NamedAttribute named : op->getAttrs())
    if (finder.isInTypeOf(named.getValue()))
      return op->emitOpError("has an encoded type in attribute '")
             << named.getName().getValue() << "'; run lowbit-to-parts";
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Type type : block.getArgumentTypes())
        if (finder.isIn(type))
          return op->emitOpError("has a block argument of encoded type ")
                 << type << ", of which bufferization would make floats; run "
                 << "lowbit-to-parts";
  return success();
}

namespace {
struct VerifyPartsPass final
    : lowbit::impl::VerifyPartsPassBase<VerifyPartsPass> {
  using Base::Base;

  void runOnOperation() override {
    // One run reports everything.
    EncodingFinder finder;
    bool isWrong = false;
    getOperation()->walk(
        [&](Operation *op) { isWrong |= failed(check(op, finder)); });
    if (isWrong)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
