//===- Microkernel.h - Sums of one block of rows and one panel --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_MICROKERNEL_H
#define LOWBIT_KERNELS_X86_MICROKERNEL_H

#include "Activation.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lowbit::x86 {

/// A part of the reduction: whole scale groups, or some tiles of one of them.
struct Span {
  /// Scale groups [firstGroup, endGroup), if there are several.
  mlir::Value firstGroup, endGroup;
  /// Its tiles.
  mlir::Value begin, end;
  /// Whether all tiles are of `firstGroup`, as is known when code is emitted.
  bool isOneGroup;
};

/// Emits the sums over the reduction, all of them in registers.
class Microkernel {
public:
  /// `numTiles` is the number of tiles in a panel.
  Microkernel(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
              const Activation &activation, mlir::ValueRange parts,
              mlir::Value numTiles)
      : b(b), spec(spec), dot(spec, b.getContext()), activation(activation),
        parts(parts), numTiles(numTiles) {}

  /// All of the reduction.
  Span getWhole() const;
  int64_t getGroupTiles() const;

  /// The f32 sums of rows [row, row + count) over `span`, times the scales of
  /// the weight: for each row its vectors of columns.
  llvm::SmallVector<mlir::Value> sum(mlir::Value row, int64_t count,
                                     const Panel &panel, PanelSource &source,
                                     const Span &span) const;

  /// The sums of `row` over a group, of `products` alone, in `reals` plus their
  /// real values: the way of integers from a group's sums to a result.
  llvm::SmallVector<mlir::Value> addGroup(mlir::ValueRange products,
                                          mlir::ValueRange reals,
                                          mlir::Value row, const Panel &panel,
                                          mlir::Value group) const;

  const Activation &getActivation() const { return activation; }
  /// Asks for share `part` of `parts` of the activations that rows [row, row +
  /// count) have in `span`; in place of rows that there are not the last one.
  void prefetchRows(const Panel &panel, mlir::Value row, int64_t count,
                    mlir::Value lastRow, const Span &span, mlir::Value part,
                    mlir::Value parts) const;

  mlir::VectorType getSumType() const { return dot.getSumType(); }

  /// The activations of rows [0, rows) for `count` tiles of one step each, row
  /// after row, and the sums with their products added.
  llvm::SmallVector<mlir::Value> loadRows(mlir::Value batch, int64_t rows,
                                          mlir::Value tile,
                                          int64_t count) const;
  llvm::SmallVector<mlir::Value> addTiles(mlir::ValueRange xs, mlir::Value tile,
                                          int64_t count, mlir::ValueRange sums,
                                          const Panel &panel,
                                          PanelSource &source) const;

  /// Emits a loop over groups; `body` gets the group and its range of tiles.
  llvm::SmallVector<mlir::Value>
  reduceGroups(const Span &span, mlir::ValueRange init,
               llvm::function_ref<llvm::SmallVector<mlir::Value>(
                   mlir::Value group, mlir::Value begin, mlir::Value end,
                   mlir::ValueRange carried)>
                   body) const;

  /// Emits a loop over every `step`-th tile of [begin, end).
  llvm::SmallVector<mlir::Value>
  reduce(mlir::Value begin, mlir::Value end, int64_t step,
         mlir::ValueRange init,
         llvm::function_ref<llvm::SmallVector<mlir::Value>(
             mlir::Value tile, mlir::ValueRange carried)>
             body) const;

private:
  /// Gives the activations of a row, by its number in the block, for a part of
  /// a tile.
  using ActivationLoader = llvm::function_ref<mlir::Value(
      int64_t row, mlir::Value tile, int64_t part)>;

  /// Adds the products of tiles [begin, end) for `count` rows.
  llvm::SmallVector<mlir::Value> sumTiles(mlir::Value begin, mlir::Value end,
                                          mlir::ValueRange init, int64_t count,
                                          const Panel &panel,
                                          PanelSource &source,
                                          ActivationLoader load) const;
  /// The same by woven vectors of the source; sums start from zero.
  llvm::SmallVector<mlir::Value> sumWoven(mlir::Value begin, mlir::Value end,
                                          int64_t count, const Panel &panel,
                                          PanelSource &source,
                                          ActivationLoader load) const;
  /// The sums of `rows` over one group of a source that is not scaled.
  llvm::SmallVector<mlir::Value>
  sumGroup(mlir::Value group, mlir::Value begin, mlir::Value end,
           mlir::ValueRange rows, const Panel &panel, PanelSource &source,
           ActivationLoader load) const;
  /// Takes off what the zero point of a row adds to its sums.
  void subtractZeroPoint(llvm::MutableArrayRef<mlir::Value> sums,
                         mlir::Value row, mlir::ValueRange columns) const;
  /// What a panel holds of a group.
  llvm::SmallVector<mlir::Value>
  loadGroup(const Panel &panel, mlir::Value buffer, mlir::Value group) const;
  void keepGroup(mlir::ValueRange values, mlir::Value buffer,
                 mlir::Value group) const;
  /// The scales that sums over a group are multiplied by, for each vector of
  /// columns.
  llvm::SmallVector<mlir::Value> getScales(const Panel &panel,
                                           mlir::Value group) const;
  llvm::SmallVector<mlir::Value> scale(mlir::ValueRange groupSums,
                                       mlir::ValueRange sums,
                                       const Panel &panel,
                                       mlir::Value group) const;

  mlir::ImplicitLocOpBuilder &b;
  const MatmulSpec &spec;
  DotProduct dot;
  const Activation &activation;
  mlir::ValueRange parts;
  mlir::Value numTiles;
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_MICROKERNEL_H
