//===- Convert.cpp - Numbers of other types -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Convert.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace lowbit::nvvm;
using namespace mlir;

Value lowbit::nvvm::pack(KernelBuilder &kernel, Half half, Value low,
                         Value high) {
  OpBuilder &b = kernel.builder;
  Type type = VectorType::get(2, getType(kernel, half));
  constexpr auto nearest = NVVM::FPRoundingMode::RN;
  Value pair;
  if (half == Half::BF16)
    pair = NVVM::ConvertF32x2ToBF16x2Op::create(
        b, kernel.getLoc(), type, high, low, /*random_bits=*/Value(), nearest);
  else
    pair = NVVM::ConvertF32x2ToF16x2Op::create(
        b, kernel.getLoc(), type, high, low, /*random_bits=*/Value(), nearest);
  return LLVM::BitcastOp::create(b, kernel.getLoc(), kernel.i32, pair);
}
