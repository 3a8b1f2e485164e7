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

/// The scales of a tile's keys and values. Each is loaded by one thread, while
/// the tile before is computed, and handed to all through shared memory as f32.
/// There are two slots there: one that is read, and one that is written.
class TileScales {
public:
  /// Of a spec that has some, kept from `place` on.
  TileScales(KernelBuilder &kernel, const AttentionSpec &spec,
             const AttentionPlan &plan, const AttentionProblem &problem,
             mlir::Value place);

  /// The thread's scale of the tile. Keys beyond the last have that of the
  /// last.
  mlir::Value load(KernelBuilder &kernel, mlir::Value tile) const;
  void store(KernelBuilder &kernel, mlir::Value scale, mlir::Value slot) const;

  /// Of the two keys, or of their values, whose columns the thread has in
  /// accumulator `n`; nothing if there are no such scales.
  Values readKeys(KernelBuilder &kernel, mlir::Value slot, int64_t n) const;
  Values readValues(KernelBuilder &kernel, mlir::Value slot, int64_t n) const;

private:
  mlir::Value loadAs(KernelBuilder &kernel, ScaleType type,
                     mlir::Value address) const;
  mlir::Value getSlot(KernelBuilder &kernel, mlir::Value slot) const;
  Values read(KernelBuilder &kernel, mlir::Value slot, int64_t first) const;

  const AttentionSpec &spec;
  const AttentionProblem &problem;
  int64_t blockKeys;
  /// Scales of a slot: of keys first.
  int64_t slotSize;
  mlir::Value place;
  /// Whether the thread loads a scale, and whether it is one of values; null if
  /// all are, or none.
  mlir::Value isLoader, isOfValues;
  /// The thread's key in a tile, and the matrix that it loads from.
  mlir::Value key;
  HeadMatrix matrix;
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
