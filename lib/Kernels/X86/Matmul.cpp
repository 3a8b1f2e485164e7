//===- Matmul.cpp - Generator of matrix product kernels -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shape of every kernel: activations are prepared, then panels of columns
// go in parallel, and for each of them blocks of rows run over the reduction
// with all sums in registers. Vectors of integers, and all of few rows, are
// made as they are needed, in what time the multiply-add units leave; for many
// rows those of reals are kept (BlockedRows.cpp).
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Matmul.h"

#include "Codes.h"
#include "MatmulBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

#include <limits>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

/// Operands of the epilogue.
static ValueRange getEpilogueOperands(const MatmulSpec &spec,
                                      ValueRange arguments) {
  return arguments.drop_back().take_back(spec.epilogue.dims.size());
}

MatmulBuilder::MatmulBuilder(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                             ValueRange arguments, func::FuncOp payload)
    : b(b), spec(spec), a(arguments.front()),
      aScale(spec.isInteger() ? arguments[1] : Value()), c(arguments.back()),
      results(b, spec, aScale, c, getEpilogueOperands(spec, arguments),
              payload) {
  ValueRange weight =
      arguments.drop_front().drop_back(1 + spec.epilogue.dims.size());
  if (spec.isInteger())
    weight = weight.drop_front();
  if (spec.activationZeroPoints) {
    aZeroPoints = weight.front();
    weight = weight.drop_front();
  }
  parts = weight;
}

Value MatmulBuilder::add(Value x, int64_t y) {
  return y == 0 ? x : arith::AddIOp::create(b, x, constantIndex(b, y));
}

void MatmulBuilder::readSizes() {
  int64_t dim = spec.batched;
  numRows = memref::DimOp::create(b, a, dim);
  if (spec.encoding) {
    numColumns = constantIndex(b, spec.columns);
    auto codes = cast<MemRefType>(parts[0].getType());
    numTiles = constantIndex(b, codes.getDimSize(1));
    numPanels = constantIndex(b, codes.getDimSize(0));
  } else {
    numColumns = memref::DimOp::create(b, parts.front(),
                                       spec.transposed ? dim : dim + 1);
    numTiles = memref::DimOp::create(b, a, dim + 1);
    numPanels = arith::CeilDivUIOp::create(
        b, numColumns, constantIndex(b, spec.target.columns()));
  }
  results.setNumColumns(numColumns);
}

Panel MatmulBuilder::makePanel(Value batch, Value index, int64_t width,
                               int64_t columns) {
  if (columns == 0)
    columns = width * spec.target.lanes();
  Panel panel = makePanelAt(
      batch, arith::MulIOp::create(b, index, constantIndex(b, columns)), width,
      spec.encoding && spec.columns % spec.target.columns() == 0);
  panel.index = index;
  return panel;
}

Panel MatmulBuilder::makePanelAt(Value batch, Value column, int64_t width,
                                 bool isWhole) {
  Panel panel;
  panel.batch = batch;
  panel.firstColumn = column;
  panel.levels = levels;
  Value rest = arith::SubIOp::create(b, numColumns, panel.firstColumn);
  int64_t lanes = spec.target.lanes();
  auto maskType = VectorType::get({lanes}, b.getI1Type());
  for (int64_t j = 0; j < width; ++j) {
    if (isWhole)
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

void MatmulBuilder::buildParallel(
    Value count, int64_t rows, int64_t width,
    function_ref<void(Value batch, Value index)> body) {
  Value zero = constantIndex(b, 0), one = constantIndex(b, 1);
  SmallVector<Value> upper = {count};
  if (spec.batched)
    upper.insert(upper.begin(), memref::DimOp::create(b, a, 0));
  auto loop =
      scf::ParallelOp::create(b, SmallVector<Value>(upper.size(), zero), upper,
                              SmallVector<Value>(upper.size(), one));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  results.enter(rows, width);
  body(spec.batched ? loop.getInductionVars().front() : Value(),
       loop.getInductionVars().back());
  results.leave();
}

void MatmulBuilder::makeLevels() {
  if (!needsLevels(spec))
    return;
  numerics::CodecRef codec = spec.encoding.getCodec().getCodec();
  int64_t count = int64_t(1) << codec->bits(), lanes = spec.target.lanes();
  // (C57) There are none behind the last.
  SmallVector<float> values(count, std::numeric_limits<float>::quiet_NaN());
  for (int code = 0; code <= codec->codeMax(); ++code)
    values[code] = codec->decode(code);
  levels = memref::AllocOp::create(b, MemRefType::get({count}, b.getF32Type()),
                                   ValueRange{}, b.getI64IntegerAttr(64));
  auto type = VectorType::get({lanes}, b.getF32Type());
  for (int64_t first = 0; first < count; first += lanes) {
    ArrayRef<float> some = ArrayRef<float>(values).slice(first, lanes);
    vector::StoreOp::create(
        b, arith::ConstantOp::create(b, DenseElementsAttr::get(type, some)),
        levels, ValueRange{constantIndex(b, first)});
  }
}

void MatmulBuilder::build() {
  readSizes();
  makeLevels();
  Activation activation(b, spec, a, aZeroPoints, numRows);
  Microkernel kernel(b, spec, activation, parts, numTiles);
  if (spec.isInteger()) {
    buildIntegers(kernel);
  } else {
    // With at most as many rows as half a register block has, each vector of
    // the weight is used once, by code for just so many.
    OpBuilder::InsertionGuard guard(b);
    for (int64_t rows = 1; rows <= spec.target.blockRows() / 2; ++rows) {
      Value isThis = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, numRows,
                                           constantIndex(b, rows));
      auto choice = scf::IfOp::create(b, isThis, /*withElseRegion=*/true);
      b.setInsertionPointToStart(choice.thenBlock());
      buildFew(kernel, rows);
      b.setInsertionPointToStart(choice.elseBlock());
    }
    buildBlocked(kernel);
  }
  activation.release(b);
  if (levels)
    memref::DeallocOp::create(b, levels);
}

std::unique_ptr<PanelSource> MatmulBuilder::makeSource(const Panel &panel) {
  if (!spec.encoding && spec.transposed)
    return makeTransposedSource(spec, parts.front(), numColumns, panel);
  if (!spec.encoding)
    return makePlainSource(spec, parts.front(), panel);
  if (spec.isInteger())
    return makeIntegerSource(spec, parts, panel);
  if (spec.isBf16())
    return makeBf16Source(spec, parts, panel);
  return makeDecodedSource(spec, parts, panel);
}

void MatmulBuilder::buildFew(const Microkernel &kernel, int64_t rows) {
  if (!spec.encoding && !spec.transposed)
    return buildFewAlongRows(kernel, rows);
  // A vector's width of columns are transposed in half of the registers.
  int64_t width = spec.transposed ? 1 : Target::vectors;
  Value count = arith::CeilDivUIOp::create(
      b, numColumns, constantIndex(b, width * spec.target.lanes()));
  buildParallel(count, rows, width, [&](Value batch, Value index) {
    Panel panel = makePanel(batch, index, width);
    std::unique_ptr<PanelSource> source = makeSource(panel);
    Value first = constantIndex(b, 0);
    results.store(first, rows,
                  kernel.sum(first, rows, panel, *source, kernel.getWhole()),
                  panel);
  });
}

/// Of a plain weight a span of rows at a time, from left to right: so many
/// streams of memory, each of which is read in the order in which it lies. Sums
/// stay in c, a page of it in the first-level cache.
void MatmulBuilder::buildFewAlongRows(const Microkernel &kernel, int64_t rows) {
  constexpr int64_t pageColumns = 1024, mostTiles = 8;
  // Activations of a span take half of the registers.
  int64_t tiles = std::min<int64_t>(
      mostTiles, llvm::bit_floor(uint64_t(spec.target.registers() / 2 / rows)));
  int64_t lanes = spec.target.lanes();
  Value zero = constantIndex(b, 0), page = constantIndex(b, pageColumns);
  buildParallel(
      arith::CeilDivUIOp::create(b, numColumns, page), rows, Target::vectors,
      [&](Value batch, Value index) {
        Value first = arith::MulIOp::create(b, index, page);
        Value end = arith::MinUIOp::create(
            b, arith::AddIOp::create(b, first, page), numColumns);
        Value rest =
            arith::RemUIOp::create(b, arith::SubIOp::create(b, end, first),
                                   constantIndex(b, Target::vectors * lanes));
        Value middle = arith::SubIOp::create(b, end, rest);
        // Panels of whole vectors, and what is left over one by one.
        auto forPanels = [&](function_ref<void(const Panel &)> body) {
          for (int64_t width : {Target::vectors, int64_t(1)}) {
            bool isWhole = width == Target::vectors;
            kernel.reduce(isWhole ? first : middle, isWhole ? middle : end,
                          width * lanes, {}, [&](Value column, ValueRange) {
                            body(makePanelAt(batch, column, width, isWhole));
                            return SmallVector<Value>();
                          });
          }
        };
        Value none = splatFloat(b, kernel.getSumType(), 0);
        if (spec.overwrite)
          forPanels([&](const Panel &panel) {
            SmallVector<Value> zeros(rows * panel.getNumVectors(), none);
            results.storeSums(zero, rows, zeros, panel);
          });
        auto addSpans = [&](Value begin, Value end, int64_t step) {
          kernel.reduce(begin, end, step, {}, [&](Value tile, ValueRange) {
            SmallVector<Value> xs = kernel.loadRows(batch, rows, tile, step);
            SmallVector<Value> next = getNextTiles(tile, step);
            forPanels([&](const Panel &panel) {
              prefetch(batch, panel.firstColumn, panel.getNumVectors() * lanes,
                       next);
              SmallVector<Value> sums = results.loadSums(zero, rows, panel);
              sums = kernel.addTiles(xs, tile, step, sums, panel,
                                     *makeSource(panel));
              results.storeSums(zero, rows, sums, panel);
            });
            return SmallVector<Value>();
          });
        };
        Value odd =
            arith::RemUIOp::create(b, numTiles, constantIndex(b, tiles));
        Value even = arith::SubIOp::create(b, numTiles, odd);
        addSpans(zero, even, tiles);
        if (tiles > 1)
          addSpans(even, numTiles, 1);
        if (spec.epilogue)
          forPanels([&](const Panel &panel) {
            results.storeEpilogue(zero, rows,
                                  results.loadSums(zero, rows, panel), panel);
          });
      });
}

void MatmulBuilder::buildPieces(
    Value begin, Value end, int64_t size,
    function_ref<void(Value first, Value last)> body) {
  auto loop = scf::ForOp::create(b, begin, end, constantIndex(b, size));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  body(first,
       arith::MinUIOp::create(
           b, arith::AddIOp::create(b, first, constantIndex(b, size)), end));
}

void MatmulBuilder::buildIntegers(const Microkernel &kernel) {
  // Activations of so many rows stay in the cache while all panels pass, and
  // give work to threads where there are few panels.
  constexpr int64_t chunkRows = 128;
  int64_t columns = spec.target.columns(), lanes = spec.target.lanes();
  Value size = constantIndex(b, chunkRows);
  Value chunks = arith::CeilDivUIOp::create(b, numRows, size);
  Value count = arith::MulIOp::create(b, chunks, numPanels);
  buildParallel(
      count, spec.target.blockRows(), Target::vectors,
      [&](Value batch, Value number) {
        Value chunk = arith::DivUIOp::create(b, number, numPanels);
        Value index = arith::RemUIOp::create(b, number, numPanels);
        Value begin = arith::MulIOp::create(b, chunk, size);
        Value end = arith::MinUIOp::create(
            b, arith::AddIOp::create(b, begin, size), numRows);
        auto build = [&](int64_t width) {
          Panel panel = makePanel(batch, index, width, columns);
          buildIntegerPanel(panel, *makeSource(panel), kernel, begin, end);
        };
        // The last panel may have columns for one vector alone.
        int64_t rest = spec.columns % columns;
        if (rest == 0 || rest > lanes)
          return build(Target::vectors);
        if (spec.columns < columns)
          return build(1);
        Value isLast =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, index,
                                  constantIndex(b, spec.columns / columns));
        auto choice = scf::IfOp::create(b, isLast, /*withElseRegion=*/true);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(choice.thenBlock());
        build(1);
        b.setInsertionPointToStart(choice.elseBlock());
        build(Target::vectors);
      });
}

void MatmulBuilder::buildIntegerPanel(const Panel &panel, PanelSource &source,
                                      const Microkernel &kernel, Value begin,
                                      Value end) {
  Span whole = kernel.getWhole();
  int64_t block = spec.target.blockRows();
  auto sumRows = [&](const Panel &sums, Value first, int64_t rowsAtOnce) {
    buildRows(first, end, rowsAtOnce, [&](Value row, int64_t rows) {
      results.store(row, rows, kernel.sum(row, rows, sums, source, whole),
                    sums);
    });
  };
  bool hasScales = !spec.encoding.getScale().isPlain();
  bool hasSums = spec.needsColumnSums();
  auto sumMany = [&](const Panel &sums, Value first) {
    if (!spec.target.hasTiles())
      return sumRows(sums, first, block);
    Value fills = arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                        arith::SubIOp::create(b, end, first),
                                        constantIndex(b, tileRows));
    auto choice = scf::IfOp::create(b, fills, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    buildTileRows(kernel, sums, source, first, end);
    b.setInsertionPointToStart(choice.elseBlock());
    sumRows(sums, first, block);
  };
  if (!hasScales && !hasSums)
    return sumMany(panel, begin);

  // Few rows find for themselves what all need; of many the first block does,
  // while memory brings the weight.
  Value afterBlock = add(begin, block);
  Value isFew =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, end, afterBlock);
  auto choice = scf::IfOp::create(b, isFew, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  sumRows(panel, begin, block / 2);

  b.setInsertionPointToStart(choice.elseBlock());
  auto allocate = [&](Type element) -> Value {
    SmallVector<int64_t> shape = {spec.getNumGroups(), Target::vectors,
                                  spec.target.lanes()};
    return memref::AllocOp::create(b, MemRefType::get(shape, element),
                                   ValueRange{}, b.getI64IntegerAttr(64));
  };
  Panel filled = panel;
  if (hasScales)
    filled.scales = allocate(b.getF32Type());
  if (hasSums)
    filled.columnSums = allocate(b.getI32Type());
  filled.keepsFound = true;
  results.store(begin, block, kernel.sum(begin, block, filled, source, whole),
                filled);
  filled.keepsFound = false;
  sumMany(filled, afterBlock);
  for (Value buffer : {filled.scales, filled.columnSums})
    if (buffer)
      memref::DeallocOp::create(b, buffer);
}

void MatmulBuilder::buildRows(
    Value begin, Value last, int64_t block,
    function_ref<void(Value row, int64_t count)> body) {
  for (int64_t size = block; size >= 1; size /= 2) {
    Value rest = arith::SubIOp::create(b, last, begin);
    Value count = arith::DivUIOp::create(b, rest, constantIndex(b, size));
    Value end = arith::AddIOp::create(
        b, begin, arith::MulIOp::create(b, count, constantIndex(b, size)));
    auto loop = scf::ForOp::create(b, begin, end, constantIndex(b, size));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar(), size);
    begin = end;
  }
}

Value MatmulBuilder::isLast(const Span &span) const {
  if (!spec.epilogue)
    return {};
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, span.end, numTiles);
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

/// Adds the types of the epilogue's operands and of c, which has `shape`.
static void appendResultTypes(const MatmulSpec &spec, ArrayRef<int64_t> shape,
                              Type f32, SmallVectorImpl<Type> &types) {
  const Epilogue &epilogue = spec.epilogue;
  for (auto [i, dims] : llvm::enumerate(epilogue.dims)) {
    SmallVector<int64_t> sizes;
    for (int64_t dim : dims)
      sizes.push_back(shape[dim]);
    types.push_back(getRowsType(sizes, epilogue.getOperandType(i)));
  }
  SmallVector<int64_t> sizes(shape);
  if (const ResultLayout &result = spec.result) {
    sizes.assign(result.dims.size(), ShapedType::kDynamic);
    sizes.back() = result.inner;
  }
  types.push_back(
      getRowsType(sizes, epilogue ? epilogue.getResultType() : f32));
}

FunctionType x86::getMatmulType(OpBuilder &b, const MatmulSpec &spec) {
  constexpr int64_t any = ShapedType::kDynamic;
  Type f32 = b.getF32Type();
  SmallVector<Type> types;
  SmallVector<int64_t> shape(spec.batched ? 3 : 2, any);
  if (!spec.encoding) {
    types.append(2, getRowsType(shape, f32));
    appendResultTypes(spec, shape, f32, types);
    return b.getFunctionType(types, {});
  }
  bool isBf16 = spec.activation == ActivationType::BF16;
  types.push_back(getRowsType(
      {any, (isBf16 ? 2 : 1) * spec.reduction},
      spec.activation == ActivationType::F32 ? f32 : Type(b.getI8Type())));
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
  appendResultTypes(spec, {any, spec.columns}, f32, types);
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
  func::FuncOp payload;
  if (spec.epilogue)
    payload = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        function, spec.epilogue.function);
  MatmulBuilder(b, spec, entry->getArguments(), payload).build();
  func::ReturnOp::create(b);
}
