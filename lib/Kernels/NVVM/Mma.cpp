//===- Mma.cpp - Products of fragments ------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Mma.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace lowbit::nvvm;
using namespace mlir;

/// NVVM has bf16 operands as i32, and those of f16 as pairs.
static Values getOperands(KernelBuilder &kernel, Half half, ValueRange values) {
  if (half == Half::BF16)
    return Values(values);
  Type pair = VectorType::get(2, kernel.f16);
  Values pairs;
  for (Value value : values)
    pairs.push_back(
        LLVM::BitcastOp::create(kernel.builder, kernel.getLoc(), pair, value));
  return pairs;
}

Values lowbit::nvvm::multiply(KernelBuilder &kernel, Half half, ValueRange a,
                              ValueRange b, ValueRange c) {
  assert(a.size() == 4 && b.size() == 2 && c.size() == 4 && "m16n8k16");
  MLIRContext *context = kernel.getContext();
  OpBuilder &builder = kernel.builder;
  auto type = LLVM::LLVMStructType::getLiteral(
      context, SmallVector<Type>(4, kernel.f32));
  std::optional<std::array<NVVM::MMATypes, 2>> types;
  if (half == Half::BF16)
    types = {NVVM::MMATypes::bf16, NVVM::MMATypes::bf16};
  Value result = NVVM::MmaOp::create(
      builder, kernel.getLoc(), type, getOperands(kernel, half, a),
      getOperands(kernel, half, b), c, /*shape=*/{16, 8, 16},
      /*b1Op=*/std::nullopt, /*intOverflow=*/std::nullopt, types,
      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  Values parts;
  for (int64_t i = 0; i < Accumulator::size; ++i)
    parts.push_back(
        LLVM::ExtractValueOp::create(builder, kernel.getLoc(), result, i));
  return parts;
}
