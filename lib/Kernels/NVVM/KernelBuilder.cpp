//===- KernelBuilder.cpp - Types, numbers and threads of a kernel ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/KernelBuilder.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

using namespace lowbit::nvvm;
using namespace mlir;

KernelBuilder::KernelBuilder(LLVM::LLVMFuncOp kernel, Location loc)
    : builder(kernel.getContext()), loc(loc), entry(&kernel.getBody().front()) {
  builder.setInsertionPointToEnd(entry);
  i1 = builder.getI1Type();
  i8 = builder.getI8Type();
  i16 = builder.getI16Type();
  i32 = builder.getI32Type();
  i64 = builder.getI64Type();
  f16 = builder.getF16Type();
  bf16 = builder.getBF16Type();
  f32 = builder.getF32Type();
  global = LLVM::LLVMPointerType::get(getContext(), 1);
  shared = LLVM::LLVMPointerType::get(getContext(), 3);
}

KernelBuilder::Step::Step(KernelBuilder &kernel, StringRef name)
    : kernel(kernel), before(kernel.loc) {
  kernel.loc =
      NameLoc::get(StringAttr::get(kernel.getContext(), name), kernel.loc);
}

Value KernelBuilder::constant(TypedAttr value) {
  Value &known = constants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(entry);
    known = arith::ConstantOp::create(builder, entry->getParentOp()->getLoc(),
                                      value);
  }
  return known;
}

Value KernelBuilder::constant(int64_t value) {
  return constant(builder.getI32IntegerAttr(value));
}

Value KernelBuilder::constant64(int64_t value) {
  return constant(builder.getI64IntegerAttr(value));
}

Value KernelBuilder::constantF32(double value) {
  return constant(builder.getF32FloatAttr(value));
}

Value KernelBuilder::infinity(bool negative) {
  double value = std::numeric_limits<double>::infinity();
  return constantF32(negative ? -value : value);
}

Value KernelBuilder::like(Value a, int64_t b) {
  return constant(builder.getIntegerAttr(a.getType(), b));
}

Value KernelBuilder::add(Value a, Value b) {
  return builder.createOrFold<arith::AddIOp>(loc, a, b);
}
Value KernelBuilder::sub(Value a, Value b) {
  return builder.createOrFold<arith::SubIOp>(loc, a, b);
}
Value KernelBuilder::mul(Value a, Value b) {
  return builder.createOrFold<arith::MulIOp>(loc, a, b);
}
Value KernelBuilder::div(Value a, Value b) {
  return builder.createOrFold<arith::DivUIOp>(loc, a, b);
}
Value KernelBuilder::rem(Value a, Value b) {
  return builder.createOrFold<arith::RemUIOp>(loc, a, b);
}
Value KernelBuilder::bitAnd(Value a, int64_t b) {
  return builder.createOrFold<arith::AndIOp>(loc, a, like(a, b));
}
Value KernelBuilder::bitOr(Value a, Value b) {
  return builder.createOrFold<arith::OrIOp>(loc, a, b);
}
Value KernelBuilder::bitXor(Value a, Value b) {
  return builder.createOrFold<arith::XOrIOp>(loc, a, b);
}
Value KernelBuilder::shiftLeft(Value a, int64_t b) {
  return builder.createOrFold<arith::ShLIOp>(loc, a, like(a, b));
}
Value KernelBuilder::shiftRight(Value a, int64_t b) {
  return builder.createOrFold<arith::ShRUIOp>(loc, a, like(a, b));
}
Value KernelBuilder::min(Value a, Value b) {
  return builder.createOrFold<arith::MinSIOp>(loc, a, b);
}
Value KernelBuilder::max(Value a, Value b) {
  return builder.createOrFold<arith::MaxSIOp>(loc, a, b);
}
Value KernelBuilder::compare(arith::CmpIPredicate predicate, Value a, Value b) {
  return builder.createOrFold<arith::CmpIOp>(loc, predicate, a, b);
}
Value KernelBuilder::less(Value a, Value b) {
  return compare(arith::CmpIPredicate::slt, a, b);
}
Value KernelBuilder::logicalAnd(Value a, Value b) {
  return builder.createOrFold<arith::AndIOp>(loc, a, b);
}
Value KernelBuilder::logicalOr(Value a, Value b) {
  return builder.createOrFold<arith::OrIOp>(loc, a, b);
}
Value KernelBuilder::select(Value condition, Value a, Value b) {
  return builder.createOrFold<arith::SelectOp>(loc, condition, a, b);
}
Value KernelBuilder::toI64(Value a) {
  return builder.createOrFold<arith::ExtSIOp>(loc, i64, a);
}
Value KernelBuilder::toFloat(Value a) {
  return builder.createOrFold<arith::SIToFPOp>(loc, f32, a);
}

Value KernelBuilder::addF(Value a, Value b) {
  return builder.createOrFold<arith::AddFOp>(loc, a, b);
}
Value KernelBuilder::subF(Value a, Value b) {
  return builder.createOrFold<arith::SubFOp>(loc, a, b);
}
Value KernelBuilder::mulF(Value a, Value b) {
  return builder.createOrFold<arith::MulFOp>(loc, a, b);
}
Value KernelBuilder::negF(Value a) {
  return builder.createOrFold<arith::NegFOp>(loc, a);
}
Value KernelBuilder::absF(Value a) {
  return LLVM::FAbsOp::create(builder, loc, a);
}
Value KernelBuilder::maxF(Value a, Value b) {
  return builder.createOrFold<arith::MaxNumFOp>(loc, a, b);
}
Value KernelBuilder::fma(Value a, Value b, Value c) {
  return LLVM::FMAOp::create(builder, loc, a, b, c);
}
Value KernelBuilder::equalF(Value a, Value b) {
  return builder.createOrFold<arith::CmpFOp>(loc, arith::CmpFPredicate::OEQ, a,
                                             b);
}

Value KernelBuilder::thread() {
  if (!threadIndex) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(entry);
    threadIndex =
        NVVM::ThreadIdXOp::create(builder, entry->getParentOp()->getLoc(), i32);
  }
  return threadIndex;
}
Value KernelBuilder::lane() { return bitAnd(thread(), 31); }
Value KernelBuilder::warp() { return shiftRight(thread(), 5); }

/// One of three ops that make an i32.
template <typename X, typename Y, typename Z>
static Value readAlong(int dimension, OpBuilder &builder, Location loc) {
  Type type = builder.getI32Type();
  switch (dimension) {
  case 0:
    return X::create(builder, loc, type);
  case 1:
    return Y::create(builder, loc, type);
  default:
    assert(dimension == 2 && "x, y or z");
    return Z::create(builder, loc, type);
  }
}

Value KernelBuilder::block(int dimension) {
  return readAlong<NVVM::BlockIdXOp, NVVM::BlockIdYOp, NVVM::BlockIdZOp>(
      dimension, builder, loc);
}
Value KernelBuilder::numBlocks(int dimension) {
  return readAlong<NVVM::GridDimXOp, NVVM::GridDimYOp, NVVM::GridDimZOp>(
      dimension, builder, loc);
}

Value KernelBuilder::offset(Value pointer, Value bytes) {
  return LLVM::GEPOp::create(builder, loc, pointer.getType(), i8, pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}
Value KernelBuilder::offset(Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  return LLVM::GEPOp::create(
      builder, loc, pointer.getType(), i8, pointer,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}
Value KernelBuilder::load(Type type, Value pointer, int64_t alignment) {
  return LLVM::LoadOp::create(builder, loc, type, pointer, alignment);
}
void KernelBuilder::store(Value value, Value pointer, int64_t alignment) {
  LLVM::StoreOp::create(builder, loc, value, pointer, alignment);
}

void KernelBuilder::when(Value condition, llvm::function_ref<void()> body) {
  when(condition, {}, [&]() -> Values {
    body();
    return {};
  });
}

Values KernelBuilder::when(Value condition, ValueRange values,
                           llvm::function_ref<Values()> body) {
  auto op = scf::IfOp::create(builder, loc, TypeRange(values), condition,
                              /*withElseRegion=*/!values.empty());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.thenBlock());
  Values results = body();
  assert(TypeRange(ValueRange(results)) == TypeRange(values) &&
         "the values, changed");
  if (!values.empty()) {
    scf::YieldOp::create(builder, loc, results);
    builder.setInsertionPointToStart(op.elseBlock());
    scf::YieldOp::create(builder, loc, values);
  }
  return Values(op.getResults());
}

Values
KernelBuilder::loop(Value lower, Value upper, ValueRange initial,
                    llvm::function_ref<Values(Value index, ValueRange)> body) {
  auto op =
      scf::ForOp::create(builder, loc, lower, upper, like(lower, 1), initial);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = op.getBody();
  // Without values the loop has its terminator already.
  builder.setInsertionPointToStart(block);
  Values results = body(op.getInductionVar(), op.getRegionIterArgs());
  if (!initial.empty())
    scf::YieldOp::create(builder, loc, results);
  return Values(op.getResults());
}
