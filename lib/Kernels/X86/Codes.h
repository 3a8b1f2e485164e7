//===- Codes.h - Vectors of codes, scales and zero points -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_CODES_H
#define LOWBIT_KERNELS_X86_CODES_H

#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit::x86 {

struct Panel;

/// Loads the codes of a tile, one per byte: for each vector of columns those of
/// all reduction indices, column by column. Bits above the code's are zero;
/// those of a code that `flipped` has set are inverted.
llvm::SmallVector<mlir::Value> loadCodes(mlir::ImplicitLocOpBuilder &b,
                                         const MatmulSpec &spec,
                                         mlir::Value codes, mlir::Value panel,
                                         mlir::Value tile, int64_t flipped = 0);

/// The bytes of `count` tiles of a panel from `tile` on.
mlir::Value loadTiles(mlir::ImplicitLocOpBuilder &b, mlir::Value codes,
                      mlir::Value panel, mlir::Value tile, int64_t count);

/// The f32 numbers whose bits are the codes of a tile, of 16 or 32 bits: for
/// each part of the tile, and in that for each vector of columns.
llvm::SmallVector<mlir::Value>
loadNumbers(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
            mlir::Value codes, const Panel &panel, mlir::Value tile);

/// The bytes of the codes, of 16 or 32 bits, of vector `j` of a tile's columns.
mlir::Value loadBytes(mlir::ImplicitLocOpBuilder &b, mlir::Value codes,
                      const Panel &panel, mlir::Value tile, int64_t j);

/// The f32 scales (1 where none are stored), or the zero points in i32, of a
/// vector of columns of an encoded weight: at [panel, group, first column in
/// the panel].
mlir::Value loadScales(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                       mlir::ValueRange parts,
                       llvm::ArrayRef<mlir::Value> indices);
mlir::Value loadZeroPoints(mlir::ImplicitLocOpBuilder &b,
                           const MatmulSpec &spec, mlir::ValueRange parts,
                           llvm::ArrayRef<mlir::Value> indices);

/// Bytes as f8E4M3FN, in f32.
mlir::Value decodeE4M3(mlir::ImplicitLocOpBuilder &b, mlir::VectorType floats,
                       mlir::Value codes);

/// What is added to the integers that codes stand for to make them bytes of the
/// sign that products take (`MatmulSpec::hasUnsignedActivations`). Unsigned
/// ones: 2^(bits-1) or 0, or minus the least level of a table of integers.
/// Signed ones have these too where there is room, which is below 8 bits.
int64_t getCodeBias(const MatmulSpec &spec);

/// (C52) What the integers of a table of integers are levels times, as the
/// exponent of two: what scales are divided by. 0 for reals.
unsigned getLevelShift(const MatmulSpec &spec);

mlir::Value splat(mlir::ImplicitLocOpBuilder &b, mlir::VectorType type,
                  int64_t value);
mlir::Value splatFloat(mlir::ImplicitLocOpBuilder &b, mlir::VectorType type,
                       double value);
mlir::Value constantIndex(mlir::ImplicitLocOpBuilder &b, int64_t value);

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_CODES_H
