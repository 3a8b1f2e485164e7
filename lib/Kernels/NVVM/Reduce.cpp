//===- Reduce.cpp - Sums and maxima across threads ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Reduce.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace lowbit::nvvm;
using namespace mlir;

Value lowbit::nvvm::reduceQuad(
    KernelBuilder &kernel, Value value,
    llvm::function_ref<Value(Value, Value)> combine) {
  Value everyone = kernel.constant(-1), clamp = kernel.constant(31);
  for (int64_t distance : {1, 2}) {
    Value other = NVVM::ShflOp::create(
        kernel.builder, kernel.getLoc(), kernel.f32, everyone, value,
        kernel.constant(distance), clamp, NVVM::ShflKind::bfly, UnitAttr());
    value = combine(value, other);
  }
  return value;
}

Value lowbit::nvvm::maxOfQuad(KernelBuilder &kernel, Value value) {
  return reduceQuad(kernel, value,
                    [&](Value a, Value b) { return kernel.maxF(a, b); });
}

Value lowbit::nvvm::sumOfQuad(KernelBuilder &kernel, Value value) {
  return reduceQuad(kernel, value,
                    [&](Value a, Value b) { return kernel.addF(a, b); });
}
