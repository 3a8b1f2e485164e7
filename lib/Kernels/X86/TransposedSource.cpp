//===- TransposedSource.cpp - Weights whose columns are rows --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Neighbouring numbers of a column lie together, those of a row far apart. As
// many of as many columns as a vector has lanes are loaded along the columns
// and transposed in registers; what is left over is gathered.
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "PanelSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

/// Transposes as many vectors as each has lanes. Zipping vector i with the one
/// that is half of all behind it moves the highest bit of a vector's number to
/// the lowest of its lanes', and the highest of these to the lowest of the
/// number; after as many times as there are bits they have changed places.
static SmallVector<Value> transpose(ImplicitLocOpBuilder &b,
                                    SmallVector<Value> rows) {
  int64_t size = rows.size();
  SmallVector<int64_t> low, high;
  for (int64_t lane = 0; lane < size; ++lane) {
    int64_t other = lane % 2 ? size : 0;
    low.push_back(lane / 2 + other);
    high.push_back(lane / 2 + other + size / 2);
  }
  for (int64_t stage = 1; stage < size; stage *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < size / 2; ++i)
      for (ArrayRef<int64_t> zip : {low, high})
        next.push_back(
            vector::ShuffleOp::create(b, rows[i], rows[i + size / 2], zip));
    rows = next;
  }
  return rows;
}

namespace {

class TransposedSource final : public PanelSource {
public:
  TransposedSource(const MatmulSpec &spec, Value weight, Value numColumns,
                   const Panel &panel)
      : spec(spec), weight(weight), numColumns(numColumns), panel(panel) {}

  bool isGrouped() const override { return false; }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    SmallVector<Value> result;
    for (int64_t j = 0; j < panel.getNumVectors(); ++j) {
      // Out-of-range lanes are masked, and a gather indexes the innermost
      // dimension, whose stride is one.
      int64_t nDim = cast<MemRefType>(weight.getType()).getRank() - 2;
      auto metadata =
          memref::ExtractStridedMetadataOp::create(b, weight).getStrides();
      Value stride = metadata[nDim];
      auto indexType = VectorType::get(type.getShape(), b.getIndexType());
      Value offsets = arith::MulIOp::create(
          b, vector::StepOp::create(b, indexType),
          vector::BroadcastOp::create(b, indexType, stride));
      result.push_back(vector::GatherOp::create(
          b, type, weight, panel.at(panel.getColumn(b, spec, j), tile), offsets,
          panel.masks[j], zero));
    }
    return result;
  }

  int64_t getRun() const override { return spec.target.lanes(); }

  SmallVector<Value> loadRun(ImplicitLocOpBuilder &b, Value tile) override {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    int64_t lanes = spec.target.lanes(), vectors = panel.getNumVectors();
    Value last = arith::SubIOp::create(b, numColumns, constantIndex(b, 1));
    SmallVector<Value> result(vectors * lanes);
    for (int64_t j = 0; j < vectors; ++j) {
      SmallVector<Value> columns;
      for (int64_t i = 0; i < lanes; ++i) {
        // In place of columns that there are not comes the last one.
        Value column = arith::AddIOp::create(b, panel.firstColumn,
                                             constantIndex(b, j * lanes + i));
        column = arith::MinUIOp::create(b, column, last);
        columns.push_back(
            vector::LoadOp::create(b, type, weight, panel.at(column, tile)));
      }
      for (auto [i, row] : llvm::enumerate(transpose(b, columns)))
        result[i * vectors + j] = row;
    }
    return result;
  }

private:
  const MatmulSpec &spec;
  Value weight, numColumns;
  const Panel &panel;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeTransposedSource(const MatmulSpec &spec,
                                                       Value weight,
                                                       Value numColumns,
                                                       const Panel &panel) {
  return std::make_unique<TransposedSource>(spec, weight, numColumns, panel);
}
