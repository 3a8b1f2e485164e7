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
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace lowbit {
#define GEN_PASS_DEF_PLANX86KERNELSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Whether the body of `op` gathers from an encoded table.
static bool gathersEncoded(linalg::LinalgOp op) {
  return op
      ->walk([](tensor::ExtractOp extract) {
        return readsEncoded(extract) ? WalkResult::interrupt()
                                     : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether an operand is made sparse when the model runs, which nothing can.
static bool readsUnencodable(linalg::LinalgOp op) {
  return llvm::any_of(op->getOperands(), [](Value operand) {
    auto encode = operand.getDefiningOp<EncodeOp>();
    return encode && !isa<DenseAttr>(encode.getEncoding().getSparsity());
  });
}

namespace {

struct PlanX86KernelsPass final
    : lowbit::impl::PlanX86KernelsPassBase<PlanX86KernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    std::optional<x86::Target> target = x86::Target::get(isa);
    if (!target) {
      getOperation()->emitError(x86::Target::getUnknownText(isa));
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
        if (readsUnencodable(op))
          kernel = "none: a sparse operand is encoded when the model runs";
        else if (!reason)
          kernel = target->name().str() + " " + plan.spec.getSummary();
        else if (succeeded(IntegerContraction::get(op, notInteger)))
          kernel = "loops on integers: " + *reason;
        else
          kernel = "decoded whole: " + *reason;
      } else {
        return;
      }
      op->setAttr(LowbitDialect::kKernelAttr,
                  StringAttr::get(&getContext(), kernel));
    });
  }
};

} // namespace
