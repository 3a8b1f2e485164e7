//===- ExpandBf16.cpp - Conversions of bf16 become integer arithmetic -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches arith.extf and arith.truncf between f32 and bf16, on scalars and
// vectors. Makes shifts and an addition that rounds. Without it processors
// would differ: few have an instruction, which flushes denormal numbers to
// zero, and for the others a call goes to a function that many C libraries
// lack. Leaves conversions between other types.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_EXPANDBF16PASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

struct ExpandBf16Pass final : lowbit::impl::ExpandBf16PassBase<ExpandBf16Pass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    arith::populateExpandBFloat16Patterns(set);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (succeeded(applyPatternsGreedily(getOperation(), patterns)))
      return;
    getOperation()->emitError(
        "lowbit-expand-bf16: rewriting did not come to an end");
    signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
