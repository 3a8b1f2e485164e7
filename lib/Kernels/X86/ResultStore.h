//===- ResultStore.h - Stores sums and what is computed of them -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_RESULTSTORE_H
#define LOWBIT_KERNELS_X86_RESULTSTORE_H

#include "PanelSource.h"

namespace lowbit::x86 {

/// Where sums of blocks of rows go: times the scales of the activation, on top
/// of what c has, through the epilogue.
class ResultStore {
public:
  /// `aScale` and `epilogueOperands` as the kernel has them; `payload` is the
  /// epilogue's function, if there is one.
  ResultStore(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
              mlir::Value aScale, mlir::Value c,
              mlir::ValueRange epilogueOperands, mlir::func::FuncOp payload)
      : b(b), spec(spec), aScale(aScale), c(c),
        epilogueOperands(epilogueOperands), payload(payload) {}

  /// Of the product; to be called before anything is stored.
  void setNumColumns(mlir::Value value) { numColumns = value; }

  /// Makes room for blocks of up to `rows` rows and `width` vectors. To be
  /// called where a thread's work begins, and `leave` where it ends.
  void enter(int64_t rows, int64_t width);
  void leave();

  /// Stores the sums of rows [row, row + rows), for each its vectors of
  /// columns. Those of the first part of the reduction take the place of what c
  /// has where the kernel overwrites it, and those of the last part go through
  /// the epilogue; without `isFirst` and `isLast` they are of all of it.
  void store(mlir::Value row, int64_t rows, mlir::ValueRange sums,
             const Panel &panel, mlir::Value isFirst = {},
             mlir::Value isLast = {}) const;

  /// Parts of that, for those who add to sums in c themselves: what it has,
  /// what it is to have, and what it is to have in place of finished sums.
  llvm::SmallVector<mlir::Value> loadSums(mlir::Value row, int64_t rows,
                                          const Panel &panel) const;
  void storeSums(mlir::Value row, int64_t rows, mlir::ValueRange sums,
                 const Panel &panel) const;
  void storeEpilogue(mlir::Value row, int64_t rows, mlir::ValueRange sums,
                     const Panel &panel) const;
  /// Asks for what c has there.
  void prefetch(mlir::Value row, int64_t rows, const Panel &panel) const;

private:
  /// Where c has an element of the product.
  llvm::SmallVector<mlir::Value>
  getPlace(llvm::ArrayRef<mlir::Value> place) const;
  /// The sums times the activation's scales, and what c has.
  llvm::SmallVector<mlir::Value> finish(mlir::Value row, int64_t rows,
                                        mlir::ValueRange sums,
                                        const Panel &panel,
                                        mlir::Value isFirst) const;
  /// A vector of them, at `place` of c.
  void storeEpilogueOf(mlir::Value sum, llvm::ArrayRef<mlir::Value> place,
                       mlir::Value mask) const;
  mlir::Value loadOperand(size_t i, llvm::ArrayRef<mlir::Value> place,
                          mlir::Value mask) const;

  mlir::ImplicitLocOpBuilder &b;
  const MatmulSpec &spec;
  mlir::Value aScale, c;
  mlir::ValueRange epilogueOperands;
  mlir::func::FuncOp payload;
  mlir::Value numColumns;
  /// [rows, vectors, lanes]: sums on their way to the epilogue.
  mlir::Value scratch;
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_RESULTSTORE_H
