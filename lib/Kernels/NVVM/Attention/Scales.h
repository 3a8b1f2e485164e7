//===- Scales.h - Scales of keys and values ---------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SCALES_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SCALES_H

#include "Problem.h"

namespace lowbit::nvvm {

/// The scales of a tile's keys or values. Each is loaded by one thread, while the
/// tile before is computed, and handed to all through shared memory as f32.
/// There are two slots there: one that is read, and one that is written.
class TileScales {
public:
  /// Of `type` in `matrix`; loaded by the threads from `firstThread` on, kept at
  /// `place` multiplied by `factor`.
  TileScales(KernelBuilder &kernel, const AttentionPlan &plan, ScaleType type,
             const HeadMatrix &matrix, int64_t firstThread, mlir::Value place,
             double factor);

  /// The thread's scale of the tile. Keys beyond the last have that of the last.
  mlir::Value load(KernelBuilder &kernel, const AttentionProblem &problem,
                   mlir::Value tile) const;
  void store(KernelBuilder &kernel, mlir::Value scale, mlir::Value slot) const;

  /// Of the two keys whose columns the thread has in accumulator `n`.
  Values read(KernelBuilder &kernel, mlir::Value slot, int64_t n) const;

private:
  mlir::Value getSlot(KernelBuilder &kernel, mlir::Value slot) const;

  int64_t blockKeys;
  ScaleType type;
  HeadMatrix matrix;
  mlir::Value place;
  double factor;
  /// The thread's key in a tile, and whether it is one.
  mlir::Value key, isLoader;
  /// The thread's first column.
  mlir::Value column;
};

/// What scales of keys and of values are multiplied by where they are kept, and
/// sums over values at the end. With f16 the largest code times its scale is to
/// be a weight's factor that f16 holds, and the smallest weights are to keep
/// their bits.
double getKeyScaleFactor(const AttentionSpec &spec);
double getValueScaleFactor(const AttentionSpec &spec);
double getOutputFactor(const AttentionSpec &spec);

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SCALES_H
