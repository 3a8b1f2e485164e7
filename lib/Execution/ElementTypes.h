//===- ElementTypes.h - Element types of tensors in files and in IR -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_ELEMENTTYPES_H
#define LOWBIT_EXECUTION_ELEMENTTYPES_H

#include "lowbit/Weights/DType.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>
#include <string>

namespace lowbit {

/// The type under which elements of `type` are written to files; nothing for
/// types that are not whole bytes in memory.
std::optional<weights::DType> getDType(mlir::Type type);

/// Whether memory with elements of `dtype` is what `type` takes: IR's integers
/// have no sign, so i8 takes I8 and U8.
bool isStoredAs(mlir::Type type, weights::DType dtype);

/// "?x128 of i64".
std::string getTypeText(mlir::RankedTensorType type);

} // namespace lowbit

#endif // LOWBIT_EXECUTION_ELEMENTTYPES_H
