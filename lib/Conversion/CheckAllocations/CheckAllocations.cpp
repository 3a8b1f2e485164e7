//===- CheckAllocations.cpp - Sizes of buffers are sizes ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches memref.alloc with dynamic sizes. Makes a cf.assert in front: no size
// is negative, and the product of all is a number of elements that an address
// space holds. A size too large for this machine alone is found by malloc; one
// whose number of bytes wraps around is not. Leaves allocations of static size.

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/FormatVariadic.h"

namespace lowbit {
#define GEN_PASS_DEF_CHECKALLOCATIONSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace mlir;

/// Processes have half of 48 bits of addresses; no element has more than 16
/// bytes.
static constexpr double mostElements = 0x1p43;

static std::string getText(MemRefType type) {
  std::string text;
  llvm::raw_string_ostream(text)
      << RankedTensorType::get(type.getShape(), type.getElementType());
  return text;
}

static void check(memref::AllocOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  MemRefType type = op.getType();
  // As an f64 the product cannot wrap around; a factor of 0 makes it 0.
  double known = 1;
  for (int64_t size : type.getShape())
    if (!ShapedType::isDynamic(size))
      known *= static_cast<double>(size);
  auto constant = [&](double number) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(number));
  };
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value count = constant(known), isSize;
  for (Value size : op.getDynamicSizes()) {
    Value integer = arith::IndexCastOp::create(b, b.getI64Type(), size);
    Value real = arith::SIToFPOp::create(b, b.getF64Type(), integer);
    count = arith::MulFOp::create(b, count, real);
    Value isPositive =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, size, zero);
    isSize = isSize ? arith::AndIOp::create(b, isSize, isPositive).getResult()
                    : isPositive;
  }
  Value fits = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, count,
                                     constant(mostElements));
  cf::AssertOp::create(b, arith::AndIOp::create(b, isSize, fits),
                       llvm::formatv("a {0} has a negative size, or more "
                                     "elements than memory holds",
                                     getText(type))
                           .str());
}

namespace {

struct CheckAllocationsPass final
    : lowbit::impl::CheckAllocationsPassBase<CheckAllocationsPass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](memref::AllocOp op) {
      if (!op.getDynamicSizes().empty())
        check(op);
    });
  }
};

} // namespace
