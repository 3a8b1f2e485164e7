//===- Approximate.cpp - Functions with instructions of their own ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Approximate.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include <numbers>

using namespace lowbit::nvvm;
using namespace mlir;

Value lowbit::nvvm::exp2(KernelBuilder &kernel, Value x) {
  // math.exp2 would become a call of libdevice.
  return LLVM::Exp2Op::create(kernel.builder, kernel.getLoc(), x);
}

Value lowbit::nvvm::log2(KernelBuilder &kernel, Value x) {
  // LLVM's NVPTX back end has no code for llvm.log2, and aborts.
  auto call = LLVM::CallIntrinsicOp::create(
      kernel.builder, kernel.getLoc(), kernel.f32,
      StringAttr::get(kernel.getContext(), "llvm.nvvm.lg2.approx.ftz.f"),
      ValueRange{x});
  return call.getResults();
}

Value lowbit::nvvm::reciprocal(KernelBuilder &kernel, Value x) {
  return NVVM::RcpApproxFtzF32Op::create(kernel.builder, kernel.getLoc(),
                                         kernel.f32, x);
}

Value lowbit::nvvm::tanh(KernelBuilder &kernel, Value x) {
  // 1 - 2 / (1 + e^2x); e^2x is infinite or 0 where tanh is 1 or -1.
  Value power =
      exp2(kernel, kernel.mulF(x, kernel.constantF32(2 * std::numbers::log2e)));
  Value inverse = reciprocal(kernel, kernel.addF(power, kernel.constantF32(1)));
  Value large =
      kernel.fma(kernel.constantF32(-2), inverse, kernel.constantF32(1));
  // Near 0 that is a difference of two that are almost 1. Up to `end` it is
  // x + x^3 * p(x^2), within 2^-23 of x: fitted by least squares with weights.
  constexpr double end = 0.4;
  Value square = kernel.mulF(x, x);
  Value sum = kernel.constantF32(-0.04779421);
  for (double coefficient : {0.13277629, -0.33331882})
    sum = kernel.fma(sum, square, kernel.constantF32(coefficient));
  Value small = kernel.fma(kernel.mulF(sum, square), x, x);
  Value isLarge =
      arith::CmpFOp::create(kernel.builder, kernel.getLoc(),
                            arith::CmpFPredicate::OGT, kernel.absF(x),
                            kernel.constantF32(end));
  return kernel.select(isLarge, large, small);
}
