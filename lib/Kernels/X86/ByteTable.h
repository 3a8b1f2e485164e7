//===- ByteTable.h - Levels looked up byte by byte --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// VBMI looks up each byte of a register in two registers of 64 bytes. So 64
// codes of a byte each become levels of two or four bytes: all the lowest bytes
// first, then the next ones, and in the end bytes are interleaved.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_BYTETABLE_H
#define LOWBIT_KERNELS_X86_BYTETABLE_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit::x86 {

class ByteTable {
public:
  /// Codes that are looked up together.
  static constexpr int64_t size = 64;

  /// Emits the table. `levels` are the bits of the level of each code, whose
  /// number is a power of two up to 256, `width` the bytes that these have, a
  /// power of two.
  ByteTable(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<uint32_t> levels,
            int64_t width);

  /// Bytes are interleaved within every sixteen of a register. With the codes
  /// in this order their levels come out in that of the codes: the number of
  /// the code that byte `i` is. Without, each sixteen codes have an equal part
  /// of every vector.
  static int64_t getCodeOf(int64_t i, int64_t width);

  /// `size` codes in that order, from a vector that has them in their own, or
  /// fewer, from one that has fewer.
  static mlir::Value arrange(mlir::ImplicitLocOpBuilder &b, mlir::Value codes,
                             int64_t width);

  /// The levels of `size` codes: `width` vectors of `size` bytes.
  /// Where `isNegative` is not null, those that it has get the highest bit.
  llvm::SmallVector<mlir::Value> lookUp(mlir::ImplicitLocOpBuilder &b,
                                        mlir::Value codes,
                                        mlir::Value isNegative = {}) const;

  /// Units of `unit` bytes of `low` and `high` in turn: of every sixteen bytes
  /// those of the first half, or of the second one.
  static mlir::Value interleave(mlir::ImplicitLocOpBuilder &b, mlir::Value low,
                                mlir::Value high, int64_t unit, int64_t half);

private:
  /// Byte number `byte` of the levels.
  mlir::Value lookUpByte(mlir::ImplicitLocOpBuilder &b, mlir::Value codes,
                         int64_t byte) const;

  /// For each byte of a level registers with those of 64 codes each.
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> bytes;
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_BYTETABLE_H
