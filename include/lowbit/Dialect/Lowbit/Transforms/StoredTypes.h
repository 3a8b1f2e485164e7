//===- StoredTypes.h - Element types of tensors in files and in IR --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDTYPES_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDTYPES_H

#include "lowbit/Weights/DType.h"
#include "mlir/IR/Types.h"

#include <optional>

namespace lowbit {

/// The type in which tensors of `elementType` are stored; nothing for types
/// that safetensors does not have (index, i4, complex<f64>, ...).
std::optional<weights::DType> getStoredDType(mlir::Type elementType);

/// Whether a tensor stored as `dtype` can be read as `elementType`. A signless
/// integer says nothing of signs and takes either; si8 and ui8 take their own.
bool isStoredAs(mlir::Type elementType, weights::DType dtype);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDTYPES_H
