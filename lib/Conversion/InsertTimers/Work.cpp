//===- Work.cpp - Operations and bytes of an op ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Work.h"

#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace mlir;

/// `factor` times `sizes`, an i64.
static Value multiply(OpBuilder &b, Location loc, int64_t factor,
                      ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> dynamic;
  for (OpFoldResult size : sizes) {
    if (std::optional<int64_t> constant = getConstantIntValue(size))
      factor *= *constant;
    else
      dynamic.push_back(cast<Value>(size));
  }
  Value product = arith::ConstantIntOp::create(b, loc, factor, /*width=*/64);
  for (Value size : dynamic) {
    Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), size);
    product = arith::MulIOp::create(b, loc, product, wide);
  }
  return product;
}

static OpFoldResult getSize(OpBuilder &b, Location loc, Value buffer,
                            int64_t axis) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(axis))
    return b.getIndexAttr(type.getDimSize(axis));
  return memref::DimOp::create(b, loc, buffer, axis).getResult();
}

static SmallVector<OpFoldResult> getSizes(OpBuilder &b, Location loc,
                                          Value buffer) {
  SmallVector<OpFoldResult> sizes;
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  for (int64_t axis = 0; axis < rank; ++axis)
    sizes.push_back(getSize(b, loc, buffer, axis));
  return sizes;
}

/// How often the body of `op` runs, loop by loop.
static SmallVector<OpFoldResult> getIterations(OpBuilder &b,
                                               linalg::LinalgOp op) {
  return llvm::map_to_vector(op.createLoopRanges(b, op.getLoc()),
                             [](const Range &range) { return range.size; });
}

static StringRef getProductType(Type type) {
  if (type.isInteger() && type.getIntOrFloatBitWidth() <= 8)
    return "int8";
  if (type.isBF16())
    return "bf16";
  return type.isF32() ? "f32" : "";
}

std::optional<Products> lowbit::getProducts(OpBuilder &b, linalg::LinalgOp op) {
  if (!isProduct(op))
    return std::nullopt;
  Value operations = multiply(b, op.getLoc(), 2, getIterations(b, op));
  Type type = getElementTypeOrSelf(op.getDpsInputs()[0].getType());
  return Products{operations, getProductType(type)};
}

std::optional<Products> lowbit::getProducts(OpBuilder &b, func::CallOp call,
                                            func::FuncOp kernel) {
  std::optional<x86::MatmulSpec> spec =
      x86::MatmulSpec::fromAttribute(kernel->getAttr(x86::kernelAttrName));
  if (!spec)
    return std::nullopt;
  // (a[..., m, k], ..., c[..., m, n]), whatever the parts of the weight are.
  Value a = call.getOperands().front(), c = call.getOperands().back();
  SmallVector<OpFoldResult> sizes = getSizes(b, call.getLoc(), c);
  // Encoded activations are bytes, of which a number may have two.
  if (spec->encoding)
    sizes.push_back(b.getIndexAttr(spec->reduction));
  else
    sizes.push_back(getSize(b, call.getLoc(), a,
                            cast<MemRefType>(a.getType()).getRank() - 1));
  return Products{multiply(b, call.getLoc(), 2, sizes),
                  spec->isInteger() ? "int8"
                  : spec->isBf16()  ? "bf16"
                                    : "f32"};
}

static int64_t getElementBytes(MemRefType type) {
  Type element = type.getElementType();
  return llvm::divideCeil(
      element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64, 8);
}

Value lowbit::getBytes(OpBuilder &b, Operation *op) {
  Location loc = op->getLoc();
  Value bytes = arith::ConstantIntOp::create(b, loc, 0, /*width=*/64);
  auto add = [&](MemRefType type, ArrayRef<OpFoldResult> sizes) {
    bytes = arith::AddIOp::create(
        b, loc, bytes, multiply(b, loc, getElementBytes(type), sizes));
  };
  llvm::SetVector<Value> operands(op->operand_begin(), op->operand_end());
  if (!isa<linalg::LinalgOp>(op))
    getUsedValuesDefinedAbove(op->getRegions(), operands);
  for (Value operand : operands)
    if (auto type = dyn_cast<MemRefType>(operand.getType()))
      add(type, getSizes(b, loc, operand));
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return bytes;
  SmallVector<memref::LoadOp> loads;
  linalgOp.getBlock()->walk(
      [&](memref::LoadOp load) { loads.push_back(load); });
  if (!loads.empty()) {
    SmallVector<OpFoldResult> iterations = getIterations(b, linalgOp);
    for (memref::LoadOp load : loads)
      add(load.getMemRefType(), iterations);
  }
  return bytes;
}
