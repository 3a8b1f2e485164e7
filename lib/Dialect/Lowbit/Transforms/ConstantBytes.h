//===- ConstantBytes.h - Constants as stored tensors ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CONSTANTBYTES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CONSTANTBYTES_H

#include "lowbit/Weights/DType.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

#include <span>
#include <vector>

namespace lowbit {

/// The elements of a constant as a weights file holds them.
struct ConstantBytes {
  weights::DType dtype;

  /// Row-major, little endian.
  std::span<const std::byte> bytes() const {
    return storage.empty() ? inAttribute : std::span(storage);
  }

  /// The bytes of a dense constant (a splat is written out) or of a resource.
  /// Nothing for other attributes, for element types that safetensors does not
  /// have, and for resources whose data is missing.
  static std::optional<ConstantBytes> get(mlir::Attribute constant);

private:
  std::span<const std::byte> inAttribute;
  std::vector<std::byte> storage; // where the attribute has another form
};

/// The constant of `type` with these stored elements, as an inline constant;
/// the inverse of ConstantBytes.
mlir::DenseElementsAttr getDenseConstant(mlir::RankedTensorType type,
                                         std::span<const std::byte> bytes);

/// The name that a location keeps, or `constant<number>` (which advances).
std::string getConstantName(mlir::Location loc, unsigned &number);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CONSTANTBYTES_H
