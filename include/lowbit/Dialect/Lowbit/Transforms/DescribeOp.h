//===- DescribeOp.h - What messages at run time call an op ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_DESCRIBEOP_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_DESCRIBEOP_H

#include "mlir/IR/Operation.h"

#include <string>

namespace lowbit {

/// The layer or the name of the location, in quotes, or the op and its line.
std::string describeOp(mlir::Operation *op);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_DESCRIBEOP_H
