//===- ExpandTiles.cpp - Tile registers become vectors --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches calls of AMX intrinsics and values of the type llvm.x86_amx, also
// those that scf loops carry. Makes vectors of 16 x 16 i32 of the values, and
// loops with the same results of the products. Leaves all else. It is to test
// kernels on processors that have no AMX, and not fast.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/DialectConversion.h"

namespace lowbit {
#define GEN_PASS_DEF_EXPANDTILESPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Rows of a register, and i32 elements of a row.
static constexpr int64_t rows = 16, columns = 16;

static bool isTile(Type type) { return isa<LLVM::LLVMX86AMXType>(type); }

static Value constantIndex(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

static Value splat(ImplicitLocOpBuilder &b, VectorType type, int32_t value) {
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
}

/// The sizes that lead the operands of a call; fails if they are not constant.
static FailureOr<SmallVector<int64_t>> getSizes(LLVM::CallIntrinsicOp call,
                                                unsigned number) {
  SmallVector<int64_t> sizes;
  for (Value operand : call.getArgs().take_front(number)) {
    APInt value;
    if (!matchPattern(operand, m_ConstantInt(&value)))
      return failure();
    sizes.push_back(value.getSExtValue());
  }
  return sizes;
}

/// The address of a row of memory that tiles are loaded from.
static Value getRowAddress(ImplicitLocOpBuilder &b, Value first, Value stride,
                           int64_t row) {
  Value offset = arith::MulIOp::create(
      b, stride, arith::ConstantOp::create(b, b.getI64IntegerAttr(row)));
  return LLVM::GEPOp::create(b, first.getType(), b.getI8Type(), first,
                             ValueRange{offset});
}

/// For each row: what is in `size` bytes behind `first`, and zeros.
static Value load(ImplicitLocOpBuilder &b, VectorType type, int64_t count,
                  int64_t size, Value first, Value stride) {
  Value tile = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t row = 0; row < count; ++row) {
    Value words = LLVM::LoadOp::create(
        b, VectorType::get({size / 4}, b.getI32Type()),
        getRowAddress(b, first, stride, row), /*alignment=*/1);
    tile = vector::InsertStridedSliceOp::create(
        b, words, tile, ArrayRef<int64_t>{row * columns}, ArrayRef<int64_t>{1});
  }
  return tile;
}

static void store(ImplicitLocOpBuilder &b, int64_t count, int64_t size,
                  Value first, Value stride, Value tile) {
  for (int64_t row = 0; row < count; ++row)
    LLVM::StoreOp::create(
        b,
        vector::ExtractStridedSliceOp::create(
            b, tile, ArrayRef<int64_t>{row * columns},
            ArrayRef<int64_t>{size / 4}, ArrayRef<int64_t>{1}),
        getRowAddress(b, first, stride, row), /*alignment=*/1);
}

/// sum[m, n] plus the products of four bytes each of x[m, k] and y[k, n], for k
/// below `depth`; those of x are unsigned, or else those of y.
static Value multiply(ImplicitLocOpBuilder &b, int64_t depth, Value sum,
                      Value x, Value y, bool isFirstUnsigned) {
  auto type = cast<VectorType>(sum.getType());
  auto row = VectorType::get({columns}, b.getI32Type());
  SmallVector<Value> buffers;
  Value zero = constantIndex(b, 0), one = constantIndex(b, 1);
  for (Value tile : {sum, x, y}) {
    buffers.push_back(memref::AllocOp::create(
        b, MemRefType::get({rows * columns}, b.getI32Type())));
    vector::StoreOp::create(b, tile, buffers.back(), ValueRange{zero});
  }
  auto getByte = [&](Value from, int32_t byte, bool isSigned) -> Value {
    if (!isSigned)
      return arith::AndIOp::create(
          b, arith::ShRUIOp::create(b, from, splat(b, row, 8 * byte)),
          splat(b, row, 255));
    return arith::ShRSIOp::create(
        b, arith::ShLIOp::create(b, from, splat(b, row, 24 - 8 * byte)),
        splat(b, row, 24));
  };
  auto outer = scf::ForOp::create(b, zero, constantIndex(b, depth), one);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(outer.getBody());
    Value k = outer.getInductionVar(), width = constantIndex(b, columns);
    Value words = vector::LoadOp::create(
        b, row, buffers[2], ValueRange{arith::MulIOp::create(b, k, width)});
    auto inner = scf::ForOp::create(b, zero, constantIndex(b, rows), one);
    b.setInsertionPointToStart(inner.getBody());
    Value place = arith::MulIOp::create(b, inner.getInductionVar(), width);
    Value four = vector::BroadcastOp::create(
        b, row,
        memref::LoadOp::create(b, buffers[1],
                               ValueRange{arith::AddIOp::create(b, place, k)}));
    Value next = vector::LoadOp::create(b, row, buffers[0], ValueRange{place});
    for (int32_t byte = 0; byte < 4; ++byte) {
      next = arith::AddIOp::create(
          b, next,
          arith::MulIOp::create(b, getByte(four, byte, !isFirstUnsigned),
                                getByte(words, byte, isFirstUnsigned)));
    }
    vector::StoreOp::create(b, next, buffers[0], ValueRange{place});
  }
  Value result = vector::LoadOp::create(b, type, buffers[0], ValueRange{zero});
  for (Value buffer : buffers)
    memref::DeallocOp::create(b, buffer);
  return result;
}

/// The sizes in front of a call's other operands; 0 for calls of other
/// intrinsics.
static unsigned getNumSizes(LLVM::CallIntrinsicOp call) {
  return llvm::StringSwitch<unsigned>(call.getIntrin())
      .Cases({"llvm.x86.tilezero.internal", "llvm.x86.tileloadd64.internal",
              "llvm.x86.tilestored64.internal"},
             2)
      .Cases({"llvm.x86.tdpbsud.internal", "llvm.x86.tdpbusd.internal"}, 3)
      .Default(0);
}

namespace {

struct ExpandCall final : OpConversionPattern<LLVM::CallIntrinsicOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LLVM::CallIntrinsicOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    unsigned number = getNumSizes(op);
    if (number == 0)
      return rewriter.notifyMatchFailure(op, "is no intrinsic of tiles");
    FailureOr<SmallVector<int64_t>> sizes = getSizes(op, number);
    if (failed(sizes))
      return rewriter.notifyMatchFailure(op, "sizes are not constant");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = VectorType::get({rows * columns}, b.getI32Type());
    ValueRange values = adaptor.getArgs().drop_front(number);
    StringRef name = op.getIntrin();
    if (name.contains("tilestored64")) {
      store(b, (*sizes)[0], (*sizes)[1], values[0], values[1], values[2]);
      rewriter.eraseOp(op);
    } else if (name.contains("tileloadd64")) {
      rewriter.replaceOp(
          op, load(b, type, (*sizes)[0], (*sizes)[1], values[0], values[1]));
    } else if (name.contains("tdpb")) {
      rewriter.replaceOp(op, multiply(b, (*sizes)[2] / 4, values[0], values[1],
                                      values[2], name.contains("tdpbusd")));
    } else {
      rewriter.replaceOp(op, arith::ConstantOp::create(b, b.getZeroAttr(type)));
    }
    return success();
  }
};

struct ExpandTilesPass final
    : lowbit::impl::ExpandTilesPassBase<ExpandTilesPass> {
  using Base::Base;

  void runOnOperation() override {
    TypeConverter converter;
    converter.addConversion([](Type type) -> Type {
      if (!isTile(type))
        return type;
      return VectorType::get({rows * columns},
                             IntegerType::get(type.getContext(), 32));
    });
    RewritePatternSet patterns(&getContext());
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addDynamicallyLegalOp<LLVM::CallIntrinsicOp>(
        [](LLVM::CallIntrinsicOp call) {
          return getNumSizes(call) == 0 &&
                 llvm::none_of(call->getOperandTypes(), isTile) &&
                 llvm::none_of(call->getResultTypes(), isTile);
        });
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    patterns.add<ExpandCall>(converter, &getContext());
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
