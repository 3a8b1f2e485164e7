//===- MatmulBuilder.h - Body of a matrix product kernel --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_MATMULBUILDER_H
#define LOWBIT_KERNELS_X86_MATMULBUILDER_H

#include "Microkernel.h"
#include "ResultStore.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace lowbit::x86 {

/// Emits the body of a kernel's function.
class MatmulBuilder {
public:
  /// `payload` is the function of the spec's epilogue, if it has one.
  MatmulBuilder(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                mlir::ValueRange arguments, mlir::func::FuncOp payload);

  void build();

  /// Rows of a tile register.
  static constexpr int64_t tileRows = 16;

private:
  mlir::Value add(mlir::Value x, int64_t y);

  /// Makes the table that codes are looked up in, if there is one.
  void makeLevels();
  /// Sizes as the operands say.
  void readSizes();
  /// A parallel loop over the batch, if there is one, and `count` others, which
  /// store blocks of up to `rows` rows and `width` vectors.
  void buildParallel(
      mlir::Value count, int64_t rows, int64_t width,
      llvm::function_ref<void(mlir::Value batch, mlir::Value index)> body);
  /// `width` vectors of panel number `index`, of panels that have `columns`
  /// columns, or those of the vectors.
  Panel makePanel(mlir::Value batch, mlir::Value index,
                  int64_t width = Target::vectors, int64_t columns = 0);
  /// `width` vectors from `column` on, all columns of which there are if
  /// `isWhole`; of a plain weight, if they are no panel.
  Panel makePanelAt(mlir::Value batch, mlir::Value column, int64_t width,
                    bool isWhole);
  std::unique_ptr<PanelSource> makeSource(const Panel &panel);

  /// Panels by themselves, their vectors made as they are needed.
  void buildIntegers(const Microkernel &kernel);
  /// One of them for rows [begin, end).
  void buildIntegerPanel(const Panel &panel, PanelSource &source,
                         const Microkernel &kernel, mlir::Value begin,
                         mlir::Value end);
  /// The same for a processor with tile registers, from 16 rows on:
  /// TileRows.cpp.
  void buildTileRows(const Microkernel &kernel, const Panel &panel,
                     PanelSource &source, mlir::Value begin, mlir::Value end);
  /// 16 or 32 rows of that, of integers in `weights`; `sums` and, if there are
  /// several groups, `reals` have room for a panel's vectors of them.
  void sumTileRows(const Microkernel &kernel, mlir::Value row, int64_t count,
                   const Panel &panel, mlir::Value weights, mlir::Value sums,
                   mlir::Value reals);
  /// Writes the products over a scale group to `sums`.
  void addTileProducts(const Microkernel &kernel, mlir::Value row,
                       int64_t count, const Panel &panel, mlir::Value weights,
                       mlir::Value group, mlir::Value sums);
  /// Writes a panel's `width` vectors of each tile to `weights`, each group at
  /// a multiple of the steps that a register takes over it.
  void keepTiles(const Microkernel &kernel, PanelSource &source, int64_t width,
                 mlir::Value weights);
  /// All panels so, for `rows` rows, which is all that there are.
  void buildFew(const Microkernel &kernel, int64_t rows);
  /// The same for a weight that is neither encoded nor transposed.
  void buildFewAlongRows(const Microkernel &kernel, int64_t rows);
  /// Blocks of the weight, whose vectors are made once: BlockedRows.cpp.
  void buildBlocked(const Microkernel &kernel);
  /// Tiles of a panel that a block has.
  int64_t getBlockTiles() const;
  /// Emits a loop over [begin, end) in pieces of `size`.
  void buildPieces(
      mlir::Value begin, mlir::Value end, int64_t size,
      llvm::function_ref<void(mlir::Value first, mlir::Value last)> body);
  void buildSpans(
      const Microkernel &kernel,
      llvm::function_ref<void(const Span &span, mlir::Value isFirst)> body);
  /// How far ahead tiles in panels are asked for.
  int64_t getTilesAhead() const;
  mlir::Value allocateScratch();
  void fillScratch(const Microkernel &kernel, const Span &span,
                   mlir::Value batch, mlir::Value firstPanel,
                   mlir::Value numBlockPanels, mlir::Value scratch);
  /// The `count` tiles behind as many from `tile` on; in place of those that
  /// there are not the last one.
  llvm::SmallVector<mlir::Value> getNextTiles(mlir::Value tile, int64_t count);
  /// Asks for columns of tiles of a plain weight.
  void prefetch(mlir::Value batch, mlir::Value column, int64_t columns,
                mlir::ValueRange tiles);
  /// Asks for what comes behind `span`; each block of rows for its share, while
  /// memory has nothing else to do.
  void prefetchShare(const Microkernel &kernel, const Span &span,
                     mlir::Value batch, mlir::Value firstPanel, mlir::Value row,
                     int64_t rows);
  /// Keeps vectors of a tile, from number `first` of its panel on.
  void storeTile(mlir::ValueRange tile, mlir::Value scratch, mlir::Value panel,
                 mlir::Value place, int64_t first = 0);

  /// Rows [begin, last) in blocks of `block`, a power of two, and what is left
  /// over in ever smaller ones; `body` gets the first row and how many.
  void buildRows(mlir::Value begin, mlir::Value last, int64_t block,
                 llvm::function_ref<void(mlir::Value row, int64_t count)> body);
  /// Whether the reduction ends with `span`; null without an epilogue, which is
  /// all that asks.
  mlir::Value isLast(const Span &span) const;

  mlir::ImplicitLocOpBuilder &b;
  const MatmulSpec &spec;
  mlir::Value a, aScale, aZeroPoints, c;
  mlir::ValueRange parts;
  mlir::Value numRows, numColumns, numTiles, numPanels;
  /// See `Panel`.
  mlir::Value levels;
  ResultStore results;
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_MATMULBUILDER_H
