//===- ScaleArithmetic.h - Scales of every type in arith --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SCALEARITHMETIC_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SCALEARITHMETIC_H

#include "TableArithmetic.h"
#include "lowbit/Numerics/ScaleType.h"

#include <optional>

namespace lowbit {

/// Scales from and to their stored form, a float or, for types of one byte, an
/// i8: arith on the CPU has no such floats. Makes its tables where it is made,
/// those of storing if it `stores`.
class ScaleCodec {
public:
  ScaleCodec(mlir::ImplicitLocOpBuilder &b, numerics::ScaleType type,
             bool stores = false);

  /// The element type of stored scales.
  mlir::Type getStoredType(mlir::Builder &b) const;
  /// A stored scale in f32.
  mlir::Value emitLoad(mlir::ImplicitLocOpBuilder &b, mlir::Value stored) const;
  /// An f32 rounded to its stored form, as numerics::roundToScaleType does.
  mlir::Value emitStore(mlir::ImplicitLocOpBuilder &b, mlir::Value scale) const;
  /// The same with what `small` says for an f32 that is zero, or would be
  /// stored as zero or below the least, as numerics::roundScales does, and NaN
  /// for one that is not finite or has no place in the type (C192).
  mlir::Value emitStoreNonZero(mlir::ImplicitLocOpBuilder &b, mlir::Value scale,
                               const numerics::SmallScales &small) const;

private:
  /// The stored form of a number of the type.
  mlir::Value emitStoredConstant(mlir::ImplicitLocOpBuilder &b,
                                 float scale) const;

  numerics::ScaleType type;
  /// Of f8E4M3FN: the value of each code, and the way back.
  mlir::Value levels;
  std::optional<TableEncoder> encoder;
};

/// A value of any float type in f32.
mlir::Value emitToF32(mlir::ImplicitLocOpBuilder &b, mlir::Value value);

/// An f32 value in float type `type`.
mlir::Value emitFromF32(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                        mlir::Type type);

/// `value` brought into [low, high]. Comparisons with NaN are false: NaN
/// becomes `low`.
mlir::Value emitClamp(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                      double low, double high);

/// The same, but NaN stays.
mlir::Value emitSaturate(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                         double low, double high);

/// An integral f32 in the range of an 8-bit code as an i8.
mlir::Value emitCode(mlir::ImplicitLocOpBuilder &b, mlir::Value value);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SCALEARITHMETIC_H
