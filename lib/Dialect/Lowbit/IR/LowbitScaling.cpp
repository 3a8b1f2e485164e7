//===- LowbitScaling.cpp - How inputs of layers are scaled ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"

using namespace lowbit;
using namespace mlir;

LogicalResult AwqAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              int64_t steps) {
  // (C130)
  if (steps < 1 || steps > 1000)
    return emitError() << "AWQ tries 1 to 1000 exponents, not " << steps;
  return success();
}

LogicalResult
SmoothQuantAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        FloatAttr alpha) {
  // (C130)
  double value = alpha.getValueAsDouble();
  if (!(value >= 0 && value <= 1))
    return emitError() << "the alpha of SmoothQuant is from 0 to 1, not "
                       << value;
  return success();
}
