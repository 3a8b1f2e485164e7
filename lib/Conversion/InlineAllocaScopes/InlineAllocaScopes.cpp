//===- InlineAllocaScopes.cpp - Scopes without a stack allocation go ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches memref.alloca_scope that holds no stack allocation; upstream makes
// one around each parallel body, and inlines it only where the memory effects
// of all ops in it are known, which those of target intrinsics are not. Makes
// its body part of the block around it, because a scope may not hold the
// several blocks that control flow becomes. Leaves scopes that allocate.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace lowbit {
#define GEN_PASS_DEF_INLINEALLOCASCOPESPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

struct InlineAllocaScopesPass final
    : lowbit::impl::InlineAllocaScopesPassBase<InlineAllocaScopesPass> {
  using Base::Base;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::AllocaScopeOp scope) {
      bool allocates =
          scope->walk([](memref::AllocaOp) { return WalkResult::interrupt(); })
              .wasInterrupted();
      if (allocates || !scope.getBodyRegion().hasOneBlock())
        return;
      Block *body = &scope.getBodyRegion().front();
      Operation *end = body->getTerminator();
      rewriter.inlineBlockBefore(body, scope);
      rewriter.replaceOp(scope, end->getOperands());
      rewriter.eraseOp(end);
    });
  }
};

} // namespace
