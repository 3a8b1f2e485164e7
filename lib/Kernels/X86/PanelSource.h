//===- PanelSource.h - Where a kernel takes its weights from ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A panel is `Target::columns()` neighbouring columns of the weight. A kernel
// asks for one tile after another: the reduction indices of one multiply-add
// step, for all columns, as vectors that this step takes. A source makes them
// from plain weights or from stored codes, or reads what was made before and
// kept in a scratch buffer, which pays where a tile costs much and several
// blocks of rows use it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_PANELSOURCE_H
#define LOWBIT_KERNELS_X86_PANELSOURCE_H

#include "DotProduct.h"

#include <memory>

namespace lowbit::x86 {

/// One panel of the weight as the enclosing loop sees it; of plain weights, any
/// number of vectors of columns.
struct Panel {
  /// Index of the batch entry (null if not batched) and of the panel.
  mlir::Value batch, index;
  /// The first column, and for each vector of columns which of them exist.
  mlir::Value firstColumn;
  llvm::SmallVector<mlir::Value> masks;

  int64_t getNumVectors() const { return masks.size(); }
  /// The first column of vector `j`.
  mlir::Value getColumn(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                        int64_t j) const;
  /// Indices of an element of an operand that has the batch, if there is one.
  llvm::SmallVector<mlir::Value> at(mlir::Value first,
                                    mlir::Value second) const;

  /// [groups, vectors, lanes]: scales in f32, and sums over the integers of
  /// each column where activations need them, for rows that do not find these
  /// themselves; else null.
  mlir::Value scales, columnSums;
  /// Whether the rows that are summed find these and keep them there.
  bool keepsFound = false;
  /// How many tiles of numbers that lie in panels are asked for ahead: what
  /// many rows take from the registers is slower than memory, but not much.
  int64_t ahead = 0;
  /// [2^bits]: the levels of all codes in f32, where these are more than
  /// registers look up; else null.
  mlir::Value levels;
};

class PanelSource {
public:
  virtual ~PanelSource() = default;

  /// Whether its vectors have been multiplied by the weight's scales, or there
  /// are none. Else sums over a group are.
  virtual bool isScaled() const { return true; }

  /// Whether its vectors depend on the group that was entered.
  virtual bool isGrouped() const { return true; }

  /// Emits what the tiles of a scale group have in common; called before a
  /// loop over the tiles of group `group`.
  virtual void enterGroup(mlir::ImplicitLocOpBuilder &b, mlir::Value group) {}

  /// The vectors of a tile, one for each vector of columns.
  virtual llvm::SmallVector<mlir::Value> load(mlir::ImplicitLocOpBuilder &b,
                                              mlir::Value tile) = 0;

  /// Of how many neighbouring tiles a vector has parts in `loadWoven`, each in
  /// as many lanes; 0 where there is no `loadWoven`.
  virtual int64_t getWoven() const { return 0; }
  /// What takes least to be made: `getWoven()` tiles from `tile` on in that
  /// many times the vectors of one, in an order and at a scale of the source's
  /// own; or one tile, in its lanes, if `isLast`.
  virtual llvm::SmallVector<mlir::Value>
  loadWoven(mlir::ImplicitLocOpBuilder &b, mlir::Value tile, bool isLast) {
    return {};
  }
  /// The sums of the vectors of columns from those of woven vectors.
  virtual llvm::SmallVector<mlir::Value> unweave(mlir::ImplicitLocOpBuilder &b,
                                                 mlir::ValueRange sums) {
    return sums;
  }

  /// How many tiles, a power of two, are made together.
  virtual int64_t getRun() const { return 1; }
  /// The vectors of so many tiles from `tile` on, tile after tile.
  virtual llvm::SmallVector<mlir::Value> loadRun(mlir::ImplicitLocOpBuilder &b,
                                                 mlir::Value tile) {
    return load(b, tile);
  }
};

/// f32 weights, straight from memory.
std::unique_ptr<PanelSource>
makePlainSource(const MatmulSpec &spec, mlir::Value weight, const Panel &panel);

/// f32 weights whose columns lie a row apart. `numColumns` is that of the
/// weight.
std::unique_ptr<PanelSource> makeTransposedSource(const MatmulSpec &spec,
                                                  mlir::Value weight,
                                                  mlir::Value numColumns,
                                                  const Panel &panel);

/// Whether codes are looked up in memory, in `Panel::levels`.
bool needsLevels(const MatmulSpec &spec);

/// Whether panels hold the vectors that the steps of a kernel take as they are:
/// keeping these elsewhere gains nothing.
bool areInPanels(const MatmulSpec &spec);

/// Codes decoded to f32: scale * (decode(code) - zero point), rounded once.
std::unique_ptr<PanelSource> makeDecodedSource(const MatmulSpec &spec,
                                               mlir::ValueRange parts,
                                               const Panel &panel);

/// Codes decoded to bf16 numbers in i16: decode(code) - zero point, exactly.
std::unique_ptr<PanelSource> makeBf16Source(const MatmulSpec &spec,
                                            mlir::ValueRange parts,
                                            const Panel &panel);

/// The integers that codes stand for, plus `getCodeBias`.
std::unique_ptr<PanelSource> makeIntegerSource(const MatmulSpec &spec,
                                               mlir::ValueRange parts,
                                               const Panel &panel);

/// Tiles of a source that is scaled or not, from tile `first` on, that were
/// written to `scratch`, a memref<panels x tiles x vectors x lanes>, at
/// `panel`.
std::unique_ptr<PanelSource> makeScratchSource(mlir::Value scratch,
                                               mlir::Value panel,
                                               mlir::Value first,
                                               bool isScaled);

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_PANELSOURCE_H
