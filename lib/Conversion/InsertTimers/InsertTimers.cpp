//===- InsertTimers.cpp - Ops that take time are timed by calls -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches what takes time on buffers, outside of parallel loops: linalg ops,
// copies, calls of kernels, and these loops themselves. Makes a call before
// each, which ends the time of what is in no op, and one behind it, with its
// number and its work; lists them on the module. Leaves the ops as they are.
//
//===----------------------------------------------------------------------===//

#include "BodyText.h"
#include "Work.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Conversion/Timers.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/Path.h"

namespace lowbit {
#define GEN_PASS_DEF_INSERTTIMERSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static constexpr StringLiteral functionName = "lowbit_mark_time";

namespace {

struct InsertTimersPass final
    : lowbit::impl::InsertTimersPassBase<InsertTimersPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  bool isTimed(Operation *op);
  LogicalResult check(ArrayRef<Operation *> ops);
  void insert(Operation *op, func::FuncOp mark);
  /// The kernel that `op` calls, if it does.
  func::FuncOp getKernel(Operation *op);

  SmallVector<Attribute> timers;
};

} // namespace

func::FuncOp InsertTimersPass::getKernel(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  if (!call)
    return nullptr;
  auto callee = getOperation().lookupSymbol<func::FuncOp>(call.getCallee());
  return callee && callee->hasAttr(x86::kernelAttrName) ? callee : nullptr;
}

bool InsertTimersPass::isTimed(Operation *op) {
  return isa<linalg::LinalgOp, memref::CopyOp>(op) || getKernel(op) ||
         op->hasTrait<OpTrait::HasParallelRegion>();
}

LogicalResult InsertTimersPass::check(ArrayRef<Operation *> ops) {
  if (getOperation()->hasAttr(timersAttrName))
    return getOperation().emitError("has timers already");
  if (Operation *other = getOperation().lookupSymbol(functionName))
    return other->emitError("has the name of the function that timers call");
  for (Operation *op : ops)
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      if (!linalgOp.hasPureBufferSemantics())
        return op->emitOpError("works on tensors; bufferize first");
  return success();
}

/// Where `loc` is for people: the name of a node, else file and line.
static std::string getPlace(Location loc) {
  if (auto name = loc->findInstanceOf<NameLoc>())
    return name.getName().str();
  if (auto file = loc->findInstanceOf<FileLineColLoc>())
    return (llvm::sys::path::filename(file.getFilename().getValue()) + ":" +
            Twine(file.getLine()))
        .str();
  return "";
}

void InsertTimersPass::insert(Operation *op, func::FuncOp mark) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  auto makeConstant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, /*width=*/64);
  };
  NamedAttrList timer;
  auto add = [&](StringRef name, const Twine &text) {
    if (!text.isTriviallyEmpty() && !text.str().empty())
      timer.set(name, b.getStringAttr(text));
  };
  add("op", op->getName().getStringRef());
  add("place", getPlace(loc));
  if (auto layer = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr))
    add("layer", layer.getValue());
  std::optional<Products> products;
  if (func::FuncOp kernel = getKernel(op)) {
    add("kernel", kernel.getSymName());
    products = getProducts(b, cast<func::CallOp>(op), kernel);
  } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    add("computes", getBodyText(linalgOp));
    products = getProducts(b, linalgOp);
  } else {
    add("computes", getLoopText(op));
  }
  if (products)
    add("products", products->type);

  Value zero = makeConstant(0);
  Value operations = products ? products->operations : zero;
  Value bytes = getBytes(b, op);
  func::CallOp::create(b, loc, mark, ValueRange{makeConstant(-1), zero, zero});
  b.setInsertionPointAfter(op);
  Value number = makeConstant(timers.size());
  func::CallOp::create(b, loc, mark, ValueRange{number, operations, bytes});
  timers.push_back(timer.getDictionary(&getContext()));
}

void InsertTimersPass::runOnOperation() {
  ModuleOp module = getOperation();
  timers.clear();
  SmallVector<Operation *> ops;
  for (auto function : module.getOps<func::FuncOp>())
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!isTimed(op))
        return WalkResult::advance();
      ops.push_back(op);
      return WalkResult::skip();
    });
  if (failed(check(ops)))
    return signalPassFailure();
  if (ops.empty())
    return;
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  Type i64 = b.getI64Type();
  auto mark =
      func::FuncOp::create(b, module.getLoc(), functionName,
                           b.getFunctionType({i64, i64, i64}, TypeRange()));
  mark.setPrivate();
  for (Operation *op : ops)
    insert(op, mark);
  module->setAttr(timersAttrName, b.getArrayAttr(timers));
}
