//===- DecodeArithmetic.h - Stored parts to numbers, in linalg --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_DECODEARITHMETIC_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_DECODEARITHMETIC_H

#include "EncodedParts.h"

namespace lowbit {

/// scale * (decode(code) - zero point) of every element: a real tensor of the
/// element type of `parts.type`, computed in f32 and then converted to it.
mlir::Value buildDecode(mlir::ImplicitLocOpBuilder &b,
                        const EncodedParts &parts);

/// The same for the one element at `indices`, whatever op `b` stands in.
mlir::Value emitDecode(mlir::ImplicitLocOpBuilder &b, const EncodedParts &parts,
                       mlir::ValueRange indices);

/// code - zero point of every element of an affine encoding, or its level in
/// numerics::IntegerLevels: an i32 tensor.
mlir::Value buildIntegers(mlir::ImplicitLocOpBuilder &b,
                          const EncodedParts &parts);

/// The scales in their logical shape, one dimension for each axis that is not
/// taken whole: those of `parts` where they are stored so, in f32 otherwise.
mlir::Value buildScales(mlir::ImplicitLocOpBuilder &b,
                        const EncodedParts &parts);

/// The one of `nested`, in f32, that multiplies the scale at `place` of those
/// in their logical shape, `counts`.
mlir::Value emitNestedScale(mlir::ImplicitLocOpBuilder &b, ScaleAttr scale,
                            mlir::Value nested,
                            llvm::ArrayRef<mlir::OpFoldResult> counts,
                            mlir::ValueRange place);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_DECODEARITHMETIC_H
