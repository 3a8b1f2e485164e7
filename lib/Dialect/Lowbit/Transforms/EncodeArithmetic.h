//===- EncodeArithmetic.h - Numbers to stored parts, in linalg --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEARITHMETIC_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEARITHMETIC_H

#include "EncodedParts.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"

namespace lowbit {

/// The stored parts of `op`'s result, of its operands `input` and `ranges`
/// (none, or the least and the largest value of each block), bit for bit those
/// that `numerics::quantizeRoundToNearest` makes of finite values. A NaN makes
/// the scale of its block NaN, and all codes of it the lowest.
EncodedParts buildEncode(mlir::ImplicitLocOpBuilder &b, EncodeOp op,
                         mlir::Value input, mlir::ValueRange ranges);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEARITHMETIC_H
