//===- CheckAttentionSizes.h - Sizes that attention compares ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_LOWBITTONVVM_CHECKATTENTIONSIZES_H
#define LOWBIT_LIB_CONVERSION_LOWBITTONVVM_CHECKATTENTIONSIZES_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit::nvvm {

/// Asserts that axes of one meaning have one size (C163), and those of a mask
/// that of the scores (C168), where the verifier could not compare them: a
/// kernel reads as many rows as its arguments say.
void checkSizes(mlir::ImplicitLocOpBuilder &b, AttentionOp op);

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_CONVERSION_LOWBITTONVVM_CHECKATTENTIONSIZES_H
