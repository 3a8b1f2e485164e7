//===- EncodingFinder.h - Encodings in types and attributes -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODINGFINDER_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODINGFINDER_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/DenseMap.h"

namespace lowbit {

/// Where in a type an encoding is.
enum class EncodingPlace {
  None,
  /// The type is a tensor with an encoding.
  Tensor,
  /// Something made of, or marked with, an encoding: a function type, a tuple,
  /// a memref whose memory space is one.
  Nested,
};

/// Finds encodings in types and attributes. Keeps what it has seen: a model has
/// few distinct types and many values.
class EncodingFinder {
public:
  EncodingPlace find(mlir::Type type);

  bool isIn(mlir::Type type) { return find(type) != EncodingPlace::None; }

  /// Whether a type in `attr` has an encoding. An encoding that is no type's
  /// (as `lowbit.weight_encoding`) is a plan, which stores nothing.
  bool isInTypeOf(mlir::Attribute attr);

private:
  llvm::DenseMap<mlir::Type, EncodingPlace> known;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODINGFINDER_H
