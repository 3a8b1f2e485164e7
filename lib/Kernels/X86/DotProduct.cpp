//===- DotProduct.cpp - Multiply-add steps of kernels ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

VectorType DotProduct::getOperandType() const {
  Type element = Float32Type::get(context);
  if (spec.isInteger())
    element = IntegerType::get(context, spec.target.hasVnni() ? 8 : 16);
  else if (spec.isBf16())
    element = IntegerType::get(context, 16);
  return VectorType::get(
      {spec.target.lanes() * spec.getStep() / spec.getNumParts()}, element);
}

VectorType DotProduct::getSumType() const {
  Type element = Float32Type::get(context);
  if (spec.isInteger())
    element = IntegerType::get(context, 32);
  return VectorType::get({spec.target.lanes()}, element);
}

/// The intrinsic of an integer step, and whether it adds to a sum.
static std::pair<StringRef, bool> getIntegerStep(const Target &target) {
  switch (target.isa) {
  case Isa::AMX:
  case Isa::AVX512BF16:
  case Isa::AVX512VNNI:
    return {"llvm.x86.avx512.vpdpbusd.512", true};
  case Isa::AVX512:
    return {"llvm.x86.avx512.pmaddw.d.512", false};
  case Isa::AVXVNNI:
    return {"llvm.x86.avx512.vpdpbusd.256", true};
  case Isa::AVX2:
    return {"llvm.x86.avx2.pmadd.wd", false};
  case Isa::SSE2:
    return {"llvm.x86.sse2.pmadd.wd", false};
  }
  llvm_unreachable("unknown instruction set");
}

Value DotProduct::build(ImplicitLocOpBuilder &b, Value sum, Value activation,
                        Value weight) const {
  if (spec.isBf16()) {
    auto numbers = VectorType::get({2 * spec.target.lanes()}, b.getBF16Type());
    return LLVM::CallIntrinsicOp::create(
               b, sum.getType(),
               b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512"),
               ValueRange{sum,
                          vector::BitCastOp::create(b, numbers, activation),
                          vector::BitCastOp::create(b, numbers, weight)})
        .getResult(0);
  }
  if (!spec.isInteger())
    return vector::FMAOp::create(b, activation, weight, sum);
  auto [name, adds] = getIntegerStep(spec.target);
  // Unsigned bytes come first.
  SmallVector<Value> operands = {weight, activation};
  if (spec.hasUnsignedActivations())
    std::swap(operands[0], operands[1]);
  if (adds)
    operands.insert(operands.begin(), sum);
  Value product = LLVM::CallIntrinsicOp::create(b, sum.getType(),
                                                b.getStringAttr(name), operands)
                      .getResult(0);
  return adds ? product : add(b, sum, product);
}

Value DotProduct::add(ImplicitLocOpBuilder &b, Value x, Value y) const {
  if (spec.isInteger())
    return arith::AddIOp::create(b, x, y);
  return arith::AddFOp::create(b, x, y);
}
