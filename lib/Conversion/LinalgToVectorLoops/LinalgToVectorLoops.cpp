//===- LinalgToVectorLoops.cpp - Linalg on memrefs becomes vector loops ---===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches linalg ops on memrefs (named ones are generalized first). Makes loops
// whose innermost one computes on vectors, with elementwise ops on vectors in
// place of the body's. An op that cannot compute on vectors becomes scalar
// loops; a remark for each reason says why, and how many of a function's ops
// have it.
//
//===----------------------------------------------------------------------===//

#include "VectorLoopEmitter.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVERTLINALGTOVECTORLOOPS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

struct ConvertLinalgToVectorLoops final
    : lowbit::impl::ConvertLinalgToVectorLoopsBase<ConvertLinalgToVectorLoops> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult convert(RewriterBase &rewriter, linalg::LinalgOp op,
                        RemarksByReason &remarks);
};

} // namespace

LogicalResult ConvertLinalgToVectorLoops::convert(RewriterBase &rewriter,
                                                  linalg::LinalgOp op,
                                                  RemarksByReason &remarks) {
  rewriter.setInsertionPoint(op);
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic) {
    FailureOr<linalg::GenericOp> generalized =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generalized))
      return op->emitError("cannot be written as a linalg.generic");
    generic = *generalized;
  }
  std::string reason;
  FailureOr<LoopPlan> plan = LoopPlan::get(generic, lanes, reason);
  if (succeeded(plan)) {
    emitVectorLoops(rewriter, generic, *plan, lanes);
    rewriter.eraseOp(generic);
    return success();
  }
  // A scalar is no loop at all.
  if (generic.getNumLoops() != 0)
    remarks.add(generic, reason);
  if (failed(linalg::linalgOpToLoops(rewriter, generic)))
    return generic.emitError("cannot be lowered to loops");
  rewriter.eraseOp(generic);
  return success();
}

void ConvertLinalgToVectorLoops::runOnOperation() {
  if (lanes < 2 || lanes > 64 || !llvm::isPowerOf2_64(lanes)) {
    getOperation()->emitError("lanes must be a power of two from 2 to 64, got ")
        << lanes;
    return signalPassFailure();
  }
  IRRewriter rewriter(&getContext());
  SmallVector<linalg::LinalgOp> ops;
  getOperation()->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  RemarksByReason remarks;
  for (linalg::LinalgOp op : ops) {
    if (!op.hasPureBufferSemantics()) {
      op->emitError("is not on memrefs: bufferize first");
      return signalPassFailure();
    }
    if (failed(convert(rewriter, op, remarks)))
      return signalPassFailure();
  }
  remarks.emit("computes on scalars");
}
