//===- LowbitToX86.cpp - Contractions become calls of x86 kernels ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches linalg.matmul and linalg.batch_matmul on f32 tensors, and
// linalg.matmul whose weight is an encoded tensor in panels that fit the target
// and whose activation is f32, or 8-bit codes with an f32 scale per tensor or
// row. Makes lowbit.call_kernel of a generated function; ops of one form and,
// for encoded weights, one shape share it. Decodes encoded operands that no
// kernel reads, unless the contraction is one of integers; the kernel for
// floats then computes on these. Leaves everything else; a remark says which
// contractions have no kernel, and why.
//
//===----------------------------------------------------------------------===//

#include "MatmulPlan.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/ConvolutionProduct.h"
#include "lowbit/Dialect/Lowbit/Transforms/DecodeOperands.h"
#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVERTLOWBITTOX86
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static bool isZeroFill(Value init) {
  // Adding to -0 is not the same: -0 + -0 is -0, and 0 + -0 is 0.
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs().front(), m_PosZeroFloat());
}

namespace {

struct ConvertLowbitToX86 final
    : lowbit::impl::ConvertLowbitToX86Base<ConvertLowbitToX86> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult convert(linalg::LinalgOp op, const Target &target,
                        SymbolTable &symbols, RemarksByReason &remarks);
  std::string getKernel(const MatmulSpec &spec, SymbolTable &symbols);
};

} // namespace

/// The function of `spec`, which other layers may share. One of that name that
/// is another, a user's, leaves it a number behind the name.
std::string ConvertLowbitToX86::getKernel(const MatmulSpec &spec,
                                          SymbolTable &symbols) {
  std::string name = spec.getName();
  Attribute attribute = spec.toAttribute(&getContext());
  for (unsigned number = 1; Operation *found = symbols.lookup(name); ++number) {
    if (found->getAttr(kernelAttrName) == attribute)
      return name;
    name = spec.getName() + "_" + std::to_string(number);
  }
  OpBuilder atEnd = OpBuilder::atBlockEnd(getOperation().getBody());
  func::FuncOp kernel = declareMatmul(atEnd, atEnd.getUnknownLoc(), spec);
  kernel.setSymName(name);
  symbols.insert(kernel);
  return name;
}

LogicalResult ConvertLowbitToX86::convert(linalg::LinalgOp op,
                                          const Target &target,
                                          SymbolTable &symbols,
                                          RemarksByReason &remarks) {
  MatmulPlan plan;
  if (auto reason = MatmulPlan::get(op, target, /*assumePacked=*/false, plan)) {
    if (failOnFallback && readsEncoded(op))
      return op->emitError("no x86 kernel: ") << *reason;
    remarks.add(op, *reason);
    std::string notInteger;
    if (!readsEncoded(op) || succeeded(IntegerContraction::get(op, notInteger)))
      return success();
    // Decoded once, the operands are those of the kernel for floats, if any.
    decodeOperands(op);
    std::string noProduct;
    if (auto product = ConvolutionProduct::get(op, noProduct);
        succeeded(product)) {
      IRRewriter rewriter(op);
      op = product->rewrite(rewriter);
    }
    plan = {};
    if (MatmulPlan::get(op, target, /*assumePacked=*/false, plan))
      return success();
  }

  IRRewriter b(op);
  Location loc = op.getLoc();
  SmallVector<Value> inputs;
  for (Value input : op.getDpsInputs()) {
    if (getEncoding(input.getType()))
      llvm::append_range(inputs,
                         DisassembleOp::create(b, loc, input).getParts());
    else
      inputs.push_back(input);
  }
  Value init = op.getDpsInits()[0];
  plan.spec.overwrite = isZeroFill(init);
  if (plan.spec.overwrite)
    init = tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, init),
                                   b.getF32Type());

  std::string name = getKernel(plan.spec, symbols);
  auto call = CallKernelOp::create(b, loc, TypeRange{init.getType()}, name,
                                   inputs, ValueRange{init});
  call->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  b.replaceOp(op, call);
  return success();
}

void ConvertLowbitToX86::runOnOperation() {
  std::optional<Target> target = Target::get(isa);
  if (!target) {
    getOperation().emitError(Target::getUnknownText(isa));
    return signalPassFailure();
  }
  SymbolTable symbols(getOperation());
  SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
  for (func::FuncOp function : functions) {
    SmallVector<linalg::LinalgOp> contractions;
    function.walk([&](linalg::LinalgOp op) {
      if (isProduct(op) && op.hasPureTensorSemantics())
        contractions.push_back(op);
    });
    RemarksByReason remarks;
    for (linalg::LinalgOp op : contractions)
      if (failed(convert(op, *target, symbols, remarks)))
        return signalPassFailure();
    remarks.emit("no x86 kernel");
  }
}
