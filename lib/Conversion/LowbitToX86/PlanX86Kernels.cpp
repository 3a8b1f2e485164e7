//===- PlanX86Kernels.cpp - Say which x86 kernel each layer gets ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches contractions on tensors and gathers from encoded tables. Makes
// nothing but the attribute `lowbit.kernel`, which says what will compute the
// op, for reports. Leaves ops without encoded operands.
//
//===----------------------------------------------------------------------===//

#include "MatmulPlan.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace lowbit {
#define GEN_PASS_DEF_PLANX86KERNELSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static bool readsEncoded(Operation *op) {
  return llvm::any_of(op->getOperandTypes(),
                      [](Type type) { return bool(getEncoding(type)); });
}

/// Whether the body of `op` gathers from an encoded table.
static bool gathersEncoded(linalg::LinalgOp op) {
  return op
      ->walk([](tensor::ExtractOp extract) {
        return readsEncoded(extract) ? WalkResult::interrupt()
                                     : WalkResult::advance();
      })
      .wasInterrupted();
}

namespace {

struct PlanX86KernelsPass final
    : lowbit::impl::PlanX86KernelsPassBase<PlanX86KernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    std::optional<x86::Target> target = x86::Target::get(isa);
    if (!target) {
      getOperation()->emitError("unknown instruction set '")
          << isa << "': use host, avx512vnni, avx512, avx2 or sse2";
      return signalPassFailure();
    }
    getOperation()->walk([&](linalg::LinalgOp op) {
      std::string kernel;
      if (gathersEncoded(op)) {
        kernel = "gather, decoding what it reads";
      } else if (readsEncoded(op)) {
        MatmulPlan plan;
        auto reason = MatmulPlan::get(op, *target, /*assumePacked=*/true, plan);
        std::string notInteger;
        if (!reason)
          kernel = target->name().str() + " " + plan.spec.getSummary();
        else if (succeeded(IntegerContraction::get(op, notInteger)))
          kernel = "loops on integers: " + *reason;
        else
          kernel = "decoded whole: " + *reason;
      } else {
        return;
      }
      op->setAttr("lowbit.kernel", StringAttr::get(&getContext(), kernel));
    });
  }
};

} // namespace
