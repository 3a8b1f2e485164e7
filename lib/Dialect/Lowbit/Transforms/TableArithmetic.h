//===- TableArithmetic.h - Look-up and search in constants ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_TABLEARITHMETIC_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_TABLEARITHMETIC_H

#include "lowbit/Numerics/Codec/Table.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// Moves `b` in front of all linalg ops around it.
void setInsertionPointOutside(mlir::ImplicitLocOpBuilder &b);

/// A constant tensor of one dimension, of f32 or i8, in front of all linalg ops
/// around `b`.
mlir::Value buildTable(mlir::ImplicitLocOpBuilder &b,
                       llvm::ArrayRef<float> values);
mlir::Value buildTable(mlir::ImplicitLocOpBuilder &b,
                       llvm::ArrayRef<uint8_t> values);

/// The entry of a table at an integer that is not negative.
mlir::Value emitLookUp(mlir::ImplicitLocOpBuilder &b, mlir::Value table,
                       mlir::Value index);

/// `codec` as a table codec; null if its codes are no table.
const numerics::TableCodec *getTableCodec(const numerics::Codec &codec);

/// Encodes by a table codec. Makes its tables where it is made, so that the
/// bodies that use it only read them.
class TableEncoder {
public:
  TableEncoder(mlir::ImplicitLocOpBuilder &b,
               const numerics::TableCodec &codec);

  /// The code of an f32, an i8.
  mlir::Value emit(mlir::ImplicitLocOpBuilder &b, mlir::Value value) const;

private:
  mlir::Value emitCount(mlir::ImplicitLocOpBuilder &b, mlir::Value value) const;
  mlir::Value emitSearch(mlir::ImplicitLocOpBuilder &b,
                         mlir::Value value) const;

  llvm::SmallVector<float> thresholds;
  /// The thresholds, where there are many.
  mlir::Value bounds;
  /// The code of each level, where that is not its number.
  mlir::Value codes;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_TABLEARITHMETIC_H
