//===- Matmul.cpp - Generator of matrix product kernels -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shape of every kernel: activations are prepared (integers only), then for
// each panel of columns, in parallel, blocks of rows run over the reduction
// with all accumulators in registers. With few rows the panel's vectors are
// made as they are needed; with many they are made once, into a scratch buffer
// that stays in the cache while all row blocks pass.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Matmul.h"

#include "IntegerActivation.h"
#include "PanelSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

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
    if (spec.integer) {
      aScale = weight.front();
      weight = weight.drop_front();
    }
    parts = weight;
  }

  void build();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value add(Value x, int64_t y) { return y == 0 ? x : add(x, index(y)); }
  Value mul(Value x, int64_t y) {
    return arith::MulIOp::create(b, x, index(y));
  }
  VectorType vectorOf(Type type) {
    return VectorType::get({spec.target.lanes()}, type);
  }

  std::unique_ptr<PanelSource> makeSource(const Panel &panel);
  void buildPanel(const Panel &panel);
  void fillScratch(PanelSource &source, Value scratch);
  void buildRows(const Panel &panel, PanelSource &source, bool isScratch,
                 ArrayRef<int64_t> sizes);

  /// Emits a loop over the tiles [begin, end) that carries `init`.
  SmallVector<Value>
  reduce(Value begin, Value end, ValueRange init,
         function_ref<SmallVector<Value>(Value tile, ValueRange)> body);
  /// Emits a loop over groups; `body` gets the group and its range of tiles.
  SmallVector<Value> reduceGroups(
      ValueRange init,
      function_ref<SmallVector<Value>(Value, Value, Value, ValueRange)> body);

  SmallVector<Value> sumFloats(Value row, int64_t rows, PanelSource &source,
                               const Panel &panel, bool isScratch);
  SmallVector<Value> sumIntegers(Value row, int64_t rows, PanelSource &source,
                                 const Panel &panel);
  Value dot(Value acc, Value activation, Value weight);
  void store(Value row, int64_t rows, ValueRange sums, const Panel &panel);

  /// Indices of element (row, column) of a or c.
  SmallVector<Value> at(const Panel &panel, Value row, Value column) {
    SmallVector<Value> indices;
    if (panel.batch)
      indices.push_back(panel.batch);
    indices.append({row, column});
    return indices;
  }

  ImplicitLocOpBuilder &b;
  const MatmulSpec &spec;
  Value a, aScale, c;
  ValueRange parts;
  Value numRows, numColumns, numTiles;
  int64_t tilesPerGroup = 0, numGroups = 1;
  IntegerActivation activation;
};

} // namespace

void MatmulBuilder::build() {
  int64_t dim = spec.batched;
  numRows = memref::DimOp::create(b, c, dim);
  numColumns = memref::DimOp::create(b, c, dim + 1);
  Value numPanels;
  if (spec.encoding) {
    auto panels = cast<PanelsAttr>(spec.encoding.getLayout());
    auto codes = cast<MemRefType>(parts[0].getType());
    numTiles = index(codes.getDimSize(1));
    numPanels = index(codes.getDimSize(0));
    numGroups = spec.getNumGroups();
    tilesPerGroup =
        llvm::divideCeilSigned(spec.getGroupSize(), panels.getStep());
  } else {
    numTiles = memref::DimOp::create(b, a, dim + 1);
    numPanels =
        arith::CeilDivUIOp::create(b, numColumns, index(spec.target.columns()));
  }
  if (spec.integer)
    activation = prepareIntegerActivation(b, spec, a, numRows);

  SmallVector<Value> lower, upper, step;
  if (spec.batched) {
    lower.push_back(index(0));
    upper.push_back(memref::DimOp::create(b, c, 0));
    step.push_back(index(1));
  }
  lower.push_back(index(0));
  upper.push_back(numPanels);
  step.push_back(index(1));
  auto loop = scf::ParallelOp::create(b, lower, upper, step);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Panel panel;
    panel.batch = spec.batched ? loop.getInductionVars().front() : Value();
    panel.index = loop.getInductionVars().back();
    panel.firstColumn = mul(panel.index, spec.target.columns());
    Value rest = arith::SubIOp::create(b, numColumns, panel.firstColumn);
    int64_t lanes = spec.target.lanes();
    VectorType maskType = vectorOf(b.getI1Type());
    bool noTail = spec.encoding && spec.columns % spec.target.columns() == 0;
    for (int64_t j = 0; j < vectors; ++j) {
      if (noTail)
        panel.masks.push_back(vector::ConstantMaskOp::create(
            b, maskType, b.getDenseI64ArrayAttr({lanes})));
      else
        panel.masks.push_back(vector::CreateMaskOp::create(
            b, maskType,
            ValueRange{arith::SubIOp::create(b, rest, index(j * lanes))}));
    }
    buildPanel(panel);
  }
  activation.release(b);
}

std::unique_ptr<PanelSource> MatmulBuilder::makeSource(const Panel &panel) {
  if (!spec.encoding)
    return makePlainSource(spec, parts.front(), panel);
  if (spec.integer)
    return makeIntegerSource(spec, parts, panel);
  return makeDecodedSource(spec, parts, panel);
}

void MatmulBuilder::buildPanel(const Panel &panel) {
  // With at most as many rows as a block has, each vector is used once.
  int64_t block = spec.target.blockRows();
  std::unique_ptr<PanelSource> direct = makeSource(panel);
  Value isFew = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, numRows,
                                      index(block / 2));
  auto choice = scf::IfOp::create(b, isFew, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  buildRows(panel, *direct, /*isScratch=*/false, {block / 2, 1});

  b.setInsertionPointToStart(choice.elseBlock());
  VectorType vector = direct->getVectorType();
  auto scratchType =
      MemRefType::get({ShapedType::kDynamic, vectors, vector.getNumElements()},
                      vector.getElementType());
  Value scratch = memref::AllocOp::create(b, scratchType, ValueRange{numTiles},
                                          b.getI64IntegerAttr(64));
  fillScratch(*direct, scratch);
  std::unique_ptr<PanelSource> kept = makeScratchSource(scratch);
  buildRows(panel, *kept, /*isScratch=*/true, {block, block / 2, 1});
  memref::DeallocOp::create(b, scratch);
}

void MatmulBuilder::fillScratch(PanelSource &source, Value scratch) {
  reduceGroups({}, [&](Value group, Value begin, Value end, ValueRange) {
    source.enterGroup(b, group);
    return reduce(begin, end, {}, [&](Value tile, ValueRange) {
      for (auto [j, vector] : llvm::enumerate(source.load(b, tile)))
        vector::StoreOp::create(
            b, vector, scratch,
            ValueRange{tile, index(static_cast<int64_t>(j)), index(0)});
      return SmallVector<Value>();
    });
  });
}

void MatmulBuilder::buildRows(const Panel &panel, PanelSource &source,
                              bool isScratch, ArrayRef<int64_t> sizes) {
  Value begin = index(0);
  for (int64_t size : sizes) {
    Value rest = arith::SubIOp::create(b, numRows, begin);
    Value count = arith::DivUIOp::create(b, rest, index(size));
    Value end = add(begin, mul(count, size));
    auto loop = scf::ForOp::create(b, begin, end, index(size));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value row = loop.getInductionVar();
    SmallVector<Value> sums =
        spec.integer ? sumIntegers(row, size, source, panel)
                     : sumFloats(row, size, source, panel, isScratch);
    store(row, size, sums, panel);
    begin = end;
  }
}

SmallVector<Value> MatmulBuilder::reduce(
    Value begin, Value end, ValueRange init,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, begin, end, index(1), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!init.empty())
    scf::YieldOp::create(b, next);
  return loop.getResults();
}

SmallVector<Value> MatmulBuilder::reduceGroups(
    ValueRange init,
    function_ref<SmallVector<Value>(Value, Value, Value, ValueRange)> body) {
  if (numGroups == 1)
    return body(index(0), index(0), numTiles, init);
  return reduce(
      index(0), index(numGroups), init, [&](Value group, ValueRange carried) {
        Value begin = mul(group, tilesPerGroup);
        Value end =
            arith::MinUIOp::create(b, add(begin, tilesPerGroup), numTiles);
        return body(group, begin, end, carried);
      });
}

SmallVector<Value> MatmulBuilder::sumFloats(Value row, int64_t rows,
                                            PanelSource &source,
                                            const Panel &panel,
                                            bool isScratch) {
  VectorType type = vectorOf(b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> init(rows * vectors, zero);
  auto sumTiles = [&](Value begin, Value end, ValueRange carried) {
    return reduce(begin, end, carried, [&](Value tile, ValueRange sums) {
      SmallVector<Value> weight = source.load(b, tile);
      SmallVector<Value> next;
      for (int64_t i = 0; i < rows; ++i) {
        Value x = memref::LoadOp::create(b, a, at(panel, add(row, i), tile));
        Value xs = vector::BroadcastOp::create(b, type, x);
        for (int64_t j = 0; j < vectors; ++j)
          next.push_back(
              vector::FMAOp::create(b, xs, weight[j], sums[i * vectors + j]));
      }
      return next;
    });
  };
  // Scales are already in the scratch: one loop over the whole reduction.
  if (isScratch)
    return sumTiles(index(0), numTiles, init);
  return reduceGroups(
      init, [&](Value group, Value begin, Value end, ValueRange carried) {
        source.enterGroup(b, group);
        return sumTiles(begin, end, carried);
      });
}

SmallVector<Value> MatmulBuilder::sumIntegers(Value row, int64_t rows,
                                              PanelSource &source,
                                              const Panel &panel) {
  VectorType floats = vectorOf(b.getF32Type());
  VectorType integers = vectorOf(b.getI32Type());
  int64_t step = spec.target.integerStep();
  int64_t lanes = spec.target.lanes();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  SmallVector<Value> init(rows * vectors, zero);
  return reduceGroups(init, [&](Value group, Value begin, Value end,
                                ValueRange sums) {
    // sum a * (code - zp) = sum a * (code + bias) - (bias + zp) * sum a
    SmallVector<Value> accumulators;
    for (int64_t i = 0; i < rows; ++i) {
      Value rowSum = activation.loadRowSum(b, add(row, i), group);
      for (int64_t j = 0; j < vectors; ++j)
        accumulators.push_back(activation.correct(b, spec, parts, panel.index,
                                                  group, j, rowSum, integers));
    }
    accumulators =
        reduce(begin, end, accumulators, [&](Value tile, ValueRange carried) {
          SmallVector<Value> weight = source.load(b, tile);
          SmallVector<Value> next;
          for (int64_t i = 0; i < rows; ++i) {
            Value xs = activation.load(b, spec, add(row, i), mul(tile, step));
            for (int64_t j = 0; j < vectors; ++j)
              next.push_back(dot(carried[i * vectors + j], xs, weight[j]));
          }
          return next;
        });

    SmallVector<Value> scales;
    for (int64_t j = 0; j < vectors; ++j)
      scales.push_back(
          loadScales(b, spec, parts, {panel.index, group, index(j * lanes)}));
    SmallVector<Value> next;
    for (int64_t i = 0; i < rows * vectors; ++i) {
      Value sum = arith::SIToFPOp::create(b, floats, accumulators[i]);
      next.push_back(math::FmaOp::create(b, sum, scales[i % vectors], sums[i]));
    }
    return next;
  });
}

Value MatmulBuilder::dot(Value acc, Value activation, Value weight) {
  auto call = [&](StringRef name, ValueRange operands) -> Value {
    return LLVM::CallIntrinsicOp::create(b, acc.getType(),
                                         b.getStringAttr(name), operands)
        .getResult(0);
  };
  switch (spec.target.isa) {
  case Isa::AVX512VNNI:
    // Unsigned bytes come first.
    return call("llvm.x86.avx512.vpdpbusd.512", {acc, weight, activation});
  case Isa::AVX512:
    return add(acc, call("llvm.x86.avx512.pmaddw.d.512", {weight, activation}));
  case Isa::AVX2:
    return add(acc, call("llvm.x86.avx2.pmadd.wd", {weight, activation}));
  case Isa::SSE2:
    return add(acc, call("llvm.x86.sse2.pmadd.wd", {weight, activation}));
  }
  llvm_unreachable("unknown instruction set");
}

void MatmulBuilder::store(Value row, int64_t rows, ValueRange sums,
                          const Panel &panel) {
  VectorType type = vectorOf(b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t i = 0; i < rows; ++i) {
    Value scale;
    if (spec.integer) {
      SmallVector<Value> indices;
      if (spec.scalePerRow)
        indices.push_back(add(row, i));
      scale = vector::BroadcastOp::create(
          b, type, memref::LoadOp::create(b, aScale, indices));
    }
    for (int64_t j = 0; j < vectors; ++j) {
      Value sum = sums[i * vectors + j];
      SmallVector<Value> indices = at(
          panel, add(row, i), add(panel.firstColumn, j * spec.target.lanes()));
      Value start = zero;
      if (!spec.overwrite)
        start = vector::MaskedLoadOp::create(b, type, c, indices,
                                             panel.masks[j], zero);
      if (spec.integer)
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
  types.push_back(
      getRowsType({any, spec.reduction}, spec.integer ? b.getI8Type() : f32));
  if (spec.integer)
    types.push_back(spec.scalePerRow ? getRowsType({any}, f32)
                                     : getRowsType({}, f32));
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
