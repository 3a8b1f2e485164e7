//===- TypeText.h - Tensor types as users read them -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_TYPETEXT_H
#define LOWBIT_LIB_EXECUTION_TYPETEXT_H

#include "mlir/IR/BuiltinTypes.h"

#include <string>

namespace lowbit {

/// "?x128 of i64".
std::string getTypeText(mlir::RankedTensorType type);

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_TYPETEXT_H
