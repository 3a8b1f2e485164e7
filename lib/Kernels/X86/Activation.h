//===- Activation.h - What kernels read of activations ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_ACTIVATION_H
#define LOWBIT_KERNELS_X86_ACTIVATION_H

#include "PanelSource.h"
#include "llvm/Support/MathExtras.h"

namespace lowbit::x86 {

/// How tile registers of AMX go over a scale group of some tiles of the weight:
/// in steps of equal size, of which the last may go beyond it.
struct TileSteps {
  /// Tiles of a step, and steps of a group.
  int64_t tiles, count;

  explicit TileSteps(int64_t groupTiles)
      : tiles(0), count(llvm::divideCeil(groupTiles, mostTiles)) {
    tiles = count ? llvm::divideCeil(groupTiles, count) : 0;
  }
  int64_t getPaddedTiles() const { return tiles * count; }

  /// The rows of a register, each of which has a tile's bytes of 16 columns.
  static constexpr int64_t mostTiles = 16;
};

/// The activations of a kernel, made ready for its multiply-add steps.
class Activation {
public:
  /// Emits what is done once, ahead of all panels. `a` is the operand:
  /// memref<rows x reduction>, or with batches in front; `zeroPoints` are those
  /// of its rows, or the one of all, if it has any.
  Activation(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
             mlir::Value a, mlir::Value zeroPoints, mlir::Value numRows);

  /// The activations of `row` for a step of `tile`, repeated in all columns.
  mlir::Value load(mlir::ImplicitLocOpBuilder &b, const Panel &panel,
                   mlir::Value row, mlir::Value tile, int64_t part) const;

  /// Asks for those of `row` from `tile` on, a line of the cache.
  void prefetch(mlir::ImplicitLocOpBuilder &b, const Panel &panel,
                mlir::Value row, mlir::Value tile) const;
  /// Tiles that have their activations in one line.
  int64_t getLineTiles() const;

  /// What the sums of a row over a group start from, for each vector of
  /// columns: zero or, as weights enter as integers of one sign, minus (bias +
  /// zero point) times the sum of the row's codes less their zero points.
  llvm::SmallVector<mlir::Value> getStart(mlir::ImplicitLocOpBuilder &b,
                                          mlir::ValueRange parts,
                                          const Panel &panel, mlir::Value row,
                                          mlir::Value group) const;

  /// What is taken off the codes of a row, in i32; null if nothing is.
  mlir::Value loadZeroPoint(mlir::ImplicitLocOpBuilder &b,
                            mlir::Value row) const;

  /// Where `load` reads: [rows, reduction], or with batches in front.
  mlir::Value getValues() const { return values; }

  /// Frees what the preparation allocated.
  void release(mlir::ImplicitLocOpBuilder &b) const;

private:
  void prepareCodes(mlir::ImplicitLocOpBuilder &b, mlir::Value numRows);
  void convertToF32(mlir::ImplicitLocOpBuilder &b, mlir::Value a,
                    mlir::Value numRows);
  mlir::Value loadCodes(mlir::ImplicitLocOpBuilder &b, mlir::Value row,
                        mlir::Value first, mlir::Value end,
                        mlir::Value zeroPoint) const;

  const MatmulSpec &spec;
  DotProduct dot;
  /// [rows, reduction], or with batches in front; two bytes for each bf16.
  /// Codes where they do not lie as the steps need them are copied: as bytes
  /// for vpdpbusd and vdpbf16ps, and less their zero points as i16 for pmaddwd,
  /// each group at a multiple of the step; padding is what is zero less the
  /// zero point. Others are f32.
  mlir::Value values;
  bool ownsValues = false;
  mlir::Value zeroPoints;
  /// [rows, groups], i32: the sum of the row's codes less their zero points, or
  /// where the weight has none what a sum starts from; null if that is zero.
  mlir::Value starts;
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_ACTIVATION_H
