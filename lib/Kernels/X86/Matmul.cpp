//===- Matmul.cpp - Generator of matrix product kernels -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shape of every kernel: activations are prepared, then for each panel of
// columns, in parallel, blocks of rows run over the reduction with all sums in
// registers. Where the vectors of a panel cost more to make than to load (those
// decoded to f32, or of columns that lie a row apart), many rows make them
// once, into a scratch buffer that stays in the cache while all blocks pass;
// vectors of integers are made as they are needed, in what time the
// multiply-add units leave.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Matmul.h"

#include "Codes.h"
#include "Microkernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;

namespace {

class MatmulBuilder {
public:
  MatmulBuilder(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                ValueRange arguments)
      : b(b), spec(spec), a(arguments.front()), c(arguments.back()) {
    ValueRange weight = arguments.drop_front().drop_back();
    if (spec.isInteger()) {
      aScale = weight.front();
      weight = weight.drop_front();
    }
    if (spec.activationZeroPoints) {
      aZeroPoints = weight.front();
      weight = weight.drop_front();
    }
    parts = weight;
  }

  void build();

private:
  Value add(Value x, int64_t y) {
    return y == 0 ? x : arith::AddIOp::create(b, x, constantIndex(b, y));
  }

  /// Sizes as the operands say.
  void readSizes();
  Panel makePanel(scf::ParallelOp loop);
  std::unique_ptr<PanelSource> makeSource(const Panel &panel);
  void buildPanel(Panel &panel, const Microkernel &kernel);
  void buildIntegerPanel(Panel &panel, PanelSource &source,
                         const Microkernel &kernel);
  void fillScratch(PanelSource &source, Value scratch,
                   const Microkernel &kernel);
  void buildRows(const Panel &panel, PanelSource &source, bool isScratch,
                 int64_t block, const Microkernel &kernel);
  void store(Value row, int64_t rows, ValueRange sums, const Panel &panel);

  ImplicitLocOpBuilder &b;
  const MatmulSpec &spec;
  Value a, aScale, aZeroPoints, c;
  ValueRange parts;
  Value numRows, numColumns, numTiles, numPanels;
};

} // namespace

void MatmulBuilder::readSizes() {
  int64_t dim = spec.batched;
  numRows = memref::DimOp::create(b, c, dim);
  numColumns = memref::DimOp::create(b, c, dim + 1);
  if (spec.encoding) {
    auto codes = cast<MemRefType>(parts[0].getType());
    numTiles = constantIndex(b, codes.getDimSize(1));
    numPanels = constantIndex(b, codes.getDimSize(0));
  } else {
    numTiles = memref::DimOp::create(b, a, dim + 1);
    numPanels = arith::CeilDivUIOp::create(
        b, numColumns, constantIndex(b, spec.target.columns()));
  }
}

Panel MatmulBuilder::makePanel(scf::ParallelOp loop) {
  Panel panel;
  panel.batch = spec.batched ? loop.getInductionVars().front() : Value();
  panel.index = loop.getInductionVars().back();
  panel.firstColumn = arith::MulIOp::create(
      b, panel.index, constantIndex(b, spec.target.columns()));
  Value rest = arith::SubIOp::create(b, numColumns, panel.firstColumn);
  int64_t lanes = spec.target.lanes();
  auto maskType = VectorType::get({lanes}, b.getI1Type());
  bool noTail = spec.encoding && spec.columns % spec.target.columns() == 0;
  for (int64_t j = 0; j < vectors; ++j) {
    if (noTail)
      panel.masks.push_back(vector::ConstantMaskOp::create(
          b, maskType, b.getDenseI64ArrayAttr({lanes})));
    else
      panel.masks.push_back(vector::CreateMaskOp::create(
          b, maskType,
          ValueRange{
              arith::SubIOp::create(b, rest, constantIndex(b, j * lanes))}));
  }
  return panel;
}

void MatmulBuilder::build() {
  readSizes();
  Activation activation(b, spec, a, aZeroPoints, numRows);
  Microkernel kernel(b, spec, activation, parts, numTiles);

  Value zero = constantIndex(b, 0), one = constantIndex(b, 1);
  SmallVector<Value> upper = {numPanels};
  if (spec.batched)
    upper.insert(upper.begin(), memref::DimOp::create(b, c, 0));
  auto loop =
      scf::ParallelOp::create(b, SmallVector<Value>(upper.size(), zero), upper,
                              SmallVector<Value>(upper.size(), one));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Panel panel = makePanel(loop);
    buildPanel(panel, kernel);
  }
  activation.release(b);
}

std::unique_ptr<PanelSource> MatmulBuilder::makeSource(const Panel &panel) {
  if (!spec.encoding)
    return makePlainSource(spec, parts.front(), panel);
  if (spec.isInteger())
    return makeIntegerSource(spec, parts, panel);
  return makeDecodedSource(spec, parts, panel);
}

/// What all rows need of a panel's groups is found once.
void MatmulBuilder::buildIntegerPanel(Panel &panel, PanelSource &source,
                                      const Microkernel &kernel) {
  int64_t lanes = spec.target.lanes();
  auto allocate = [&](bool isNeeded, Type element) -> Value {
    if (!isNeeded)
      return {};
    return memref::AllocOp::create(
        b, MemRefType::get({spec.getNumGroups(), vectors, lanes}, element),
        ValueRange{}, b.getI64IntegerAttr(64));
  };
  Value scales =
      allocate(!spec.encoding.getScale().isPlain(), b.getF32Type());
  Value columnSums = allocate(
      spec.target.hasVnni() && spec.shiftsActivations(), b.getI32Type());
  if (scales || columnSums)
    kernel.reduceGroups(
        {}, [&](Value group, Value begin, Value end, ValueRange) {
          auto store = [&](ValueRange values, Value buffer) {
            for (auto [j, value] : llvm::enumerate(values))
              vector::StoreOp::create(
                  b, value, buffer,
                  ValueRange{group, constantIndex(b, static_cast<int64_t>(j)),
                             constantIndex(b, 0)});
          };
          if (scales)
            store(kernel.loadGroupScales(panel, group), scales);
          if (columnSums)
            store(kernel.sumColumns(begin, end, source), columnSums);
          return SmallVector<Value>();
        });
  panel.scales = scales;
  panel.columnSums = columnSums;
  buildRows(panel, source, /*isScratch=*/false, spec.target.blockRows(),
            kernel);
  for (Value buffer : {scales, columnSums})
    if (buffer)
      memref::DeallocOp::create(b, buffer);
}

void MatmulBuilder::buildPanel(Panel &panel, const Microkernel &kernel) {
  int64_t block = spec.target.blockRows();
  std::unique_ptr<PanelSource> direct = makeSource(panel);
  if (spec.isInteger())
    return buildIntegerPanel(panel, *direct, kernel);

  // With at most as many rows as half a block has, each vector is used once.
  Value isFew = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, numRows,
                                      constantIndex(b, block / 2));
  auto choice = scf::IfOp::create(b, isFew, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  buildRows(panel, *direct, /*isScratch=*/false, block / 2, kernel);

  b.setInsertionPointToStart(choice.elseBlock());
  VectorType vector = DotProduct(spec, b.getContext()).getOperandType();
  auto scratchType =
      MemRefType::get({ShapedType::kDynamic, vectors, vector.getNumElements()},
                      vector.getElementType());
  Value scratch = memref::AllocOp::create(b, scratchType, ValueRange{numTiles},
                                          b.getI64IntegerAttr(64));
  fillScratch(*direct, scratch, kernel);
  std::unique_ptr<PanelSource> kept = makeScratchSource(scratch);
  buildRows(panel, *kept, /*isScratch=*/true, block, kernel);
  memref::DeallocOp::create(b, scratch);
}

void MatmulBuilder::fillScratch(PanelSource &source, Value scratch,
                                const Microkernel &kernel) {
  kernel.reduceGroups({}, [&](Value group, Value begin, Value end, ValueRange) {
    source.enterGroup(b, group);
    return kernel.reduce(begin, end, 1, {}, [&](Value tile, ValueRange) {
      for (auto [j, vector] : llvm::enumerate(source.load(b, tile)))
        vector::StoreOp::create(
            b, vector, scratch,
            ValueRange{tile, constantIndex(b, static_cast<int64_t>(j)),
                       constantIndex(b, 0)});
      return SmallVector<Value>();
    });
  });
}

/// Emits the rows in blocks of `block`, a power of two, and what is left over
/// in ever smaller ones.
void MatmulBuilder::buildRows(const Panel &panel, PanelSource &source,
                              bool isScratch, int64_t block,
                              const Microkernel &kernel) {
  Value begin = constantIndex(b, 0);
  for (int64_t size = block; size >= 1; size /= 2) {
    Value rest = arith::SubIOp::create(b, numRows, begin);
    Value count = arith::DivUIOp::create(b, rest, constantIndex(b, size));
    Value end = arith::AddIOp::create(
        b, begin, arith::MulIOp::create(b, count, constantIndex(b, size)));
    auto loop = scf::ForOp::create(b, begin, end, constantIndex(b, size));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value row = loop.getInductionVar();
    // What is in the scratch has its scales.
    store(row, size, kernel.sum(row, size, panel, source, isScratch), panel);
    begin = end;
  }
}

void MatmulBuilder::store(Value row, int64_t rows, ValueRange sums,
                          const Panel &panel) {
  auto type = VectorType::get({spec.target.lanes()}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t i = 0; i < rows; ++i) {
    Value scale;
    if (spec.isInteger()) {
      SmallVector<Value> indices;
      if (spec.scalePerRow)
        indices.push_back(add(row, i));
      scale = vector::BroadcastOp::create(
          b, type, memref::LoadOp::create(b, aScale, indices));
    }
    for (int64_t j = 0; j < vectors; ++j) {
      Value sum = sums[i * vectors + j];
      SmallVector<Value> indices;
      if (panel.batch)
        indices.push_back(panel.batch);
      indices.append(
          {add(row, i), add(panel.firstColumn, j * spec.target.lanes())});
      Value start = zero;
      if (!spec.overwrite)
        start = vector::MaskedLoadOp::create(b, type, c, indices,
                                             panel.masks[j], zero);
      if (spec.isInteger())
        sum = math::FmaOp::create(b, sum, scale, start);
      else if (!spec.overwrite)
        sum = arith::AddFOp::create(b, start, sum);
      vector::MaskedStoreOp::create(b, c, indices, panel.masks[j], sum);
    }
  }
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// A memref with unit innermost stride and any other strides and offset.
static MemRefType getRowsType(ArrayRef<int64_t> shape, Type element) {
  SmallVector<int64_t> strides(shape.size(), ShapedType::kDynamic);
  if (!strides.empty())
    strides.back() = 1;
  return MemRefType::get(shape, element,
                         StridedLayoutAttr::get(element.getContext(),
                                                ShapedType::kDynamic, strides));
}

FunctionType x86::getMatmulType(OpBuilder &b, const MatmulSpec &spec) {
  constexpr int64_t any = ShapedType::kDynamic;
  Type f32 = b.getF32Type();
  SmallVector<Type> types;
  SmallVector<int64_t> shape(spec.batched ? 3 : 2, any);
  if (!spec.encoding) {
    types.append(3, getRowsType(shape, f32));
    return b.getFunctionType(types, {});
  }
  types.push_back(getRowsType({any, spec.reduction},
                              spec.isInteger() ? b.getI8Type() : f32));
  if (spec.isInteger())
    types.push_back(spec.scalePerRow ? getRowsType({any}, f32)
                                     : getRowsType({}, f32));
  if (spec.activationZeroPoints)
    types.push_back(spec.scalePerRow ? getRowsType({any}, b.getI8Type())
                                     : getRowsType({}, b.getI8Type()));
  auto panels = cast<PanelsAttr>(spec.encoding.getLayout());
  SmallVector<int64_t> weightShape = {spec.reduction, spec.columns};
  if (panels.getReduction() == 1)
    std::swap(weightShape[0], weightShape[1]);
  for (RankedTensorType part : spec.encoding.getPartTypes(weightShape))
    types.push_back(MemRefType::get(part.getShape(), part.getElementType()));
  types.push_back(getRowsType({any, spec.columns}, f32));
  return b.getFunctionType(types, {});
}

func::FuncOp x86::declareMatmul(OpBuilder &builder, Location loc,
                                const MatmulSpec &spec) {
  auto function = func::FuncOp::create(builder, loc, spec.getName(),
                                       getMatmulType(builder, spec));
  function.setPrivate();
  function->setAttr(kernelAttrName, spec.toAttribute(builder.getContext()));
  return function;
}

void x86::buildMatmul(func::FuncOp function, const MatmulSpec &spec) {
  Block *entry = function.addEntryBlock();
  ImplicitLocOpBuilder b(function.getLoc(), function.getContext());
  b.setInsertionPointToStart(entry);
  MatmulBuilder(b, spec, entry->getArguments()).build();
  func::ReturnOp::create(b);
}
