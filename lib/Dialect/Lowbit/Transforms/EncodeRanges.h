//===- EncodeRanges.h - From the values of a block to its scale -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODERANGES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODERANGES_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// What the range kind of an encode wants to know of each block: the largest
/// magnitude, the value of largest magnitude, least and largest value, or the
/// sum of magnitudes.
class BlockRanges {
public:
  /// Finds them in `input`, or in the `given` ranges if there are any.
  BlockRanges(mlir::ImplicitLocOpBuilder &b, EncodeOp op, mlir::Value input,
              mlir::ValueRange given, llvm::ArrayRef<mlir::OpFoldResult> sizes,
              llvm::ArrayRef<mlir::OpFoldResult> counts);

  /// Tensors of the shape of the scales.
  mlir::ValueRange getFound() const { return found; }

  /// From the elements of `getFound` to the exact scale of a block, in f32, in
  /// a body that loops over the scales.
  mlir::Value emitExactScale(mlir::ImplicitLocOpBuilder &b,
                             mlir::ValueRange elements) const;
  /// The least value of a block, of minmax.
  mlir::Value emitLow(mlir::ImplicitLocOpBuilder &b,
                      mlir::ValueRange elements) const;

private:
  unsigned numRanges() const { return range == RangeKind::MinMax ? 2 : 1; }
  /// Least and largest value are those of the values alone, zero is none.
  bool hasExtremes() const {
    return range == RangeKind::MinMax && scale.hasOffset();
  }
  mlir::FloatType getRangeType(mlir::Builder &b) const;
  double getStart(unsigned number) const;
  llvm::SmallVector<mlir::Value> emitStep(mlir::ImplicitLocOpBuilder &b,
                                          mlir::ValueRange before,
                                          mlir::Value value) const;
  void combineGiven(mlir::ImplicitLocOpBuilder &b);
  void reduceBlocks(mlir::ImplicitLocOpBuilder &b, mlir::Value input);
  mlir::Value emitMean(mlir::ImplicitLocOpBuilder &b, mlir::Value sum) const;
  mlir::Value emitExponentScale(mlir::ImplicitLocOpBuilder &b,
                                mlir::Value magnitude) const;

  mlir::RankedTensorType type;
  ScaleAttr scale;
  numerics::CodecRef codec;
  RangeKind range;
  mlir::ValueRange given;
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  llvm::SmallVector<mlir::OpFoldResult> counts;
  llvm::SmallVector<mlir::Value> found;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODERANGES_H
