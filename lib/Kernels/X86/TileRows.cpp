//===- TileRows.cpp - Many rows in tile registers -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// AMX adds the product of 16 rows x 64 bytes and 64 bytes x 16 columns to a
// register of 16 x 16 i32. Its operands lie in memory, so the integers of a
// panel are written to a scratch buffer once, a row of the second operand for
// each tile of the panel, and all rows pass; two by two registers of sums share
// what they read. Tile registers have no other arithmetic: sums of a group go
// by way of memory to vectors, which scale them. Rows that fill no tile
// register are left to vectors.
//
// The registers are values of the type llvm.x86_amx, since only these can be
// carried around loops down to LLVM IR.
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "MatmulBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

/// Rows of a tile register, and bytes of a row.
static constexpr int64_t tileRows = MatmulBuilder::tileRows, rowBytes = 64;
/// Bytes of the reduction that a row of the second operand has for a column.
static constexpr int64_t step = 4;
/// Registers of sums above one another.
static constexpr int64_t tilesDown = 2;

/// The address of an element.
static Value getAddress(ImplicitLocOpBuilder &b, Value memref,
                        ValueRange indices) {
  auto type = cast<MemRefType>(memref.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  Value place = metadata.getOffset();
  for (auto [index, stride] : llvm::zip(indices, metadata.getStrides()))
    place = arith::AddIOp::create(b, place,
                                  arith::MulIOp::create(b, index, stride));
  Value bytes = arith::MulIOp::create(
      b, place,
      constantIndex(b, type.getElementType().getIntOrFloatBitWidth() / 8));
  Value first = memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
  Value address = arith::IndexCastOp::create(
      b, b.getI64Type(), arith::AddIOp::create(b, first, bytes));
  return LLVM::IntToPtrOp::create(b, LLVM::LLVMPointerType::get(b.getContext()),
                                  address);
}

namespace {

/// Emits instructions on tile registers.
class Tiles {
public:
  explicit Tiles(ImplicitLocOpBuilder &b) : b(b) {}

  Type getType() { return LLVM::LLVMX86AMXType::get(b.getContext()); }

  Value zero() {
    return call("llvm.x86.tilezero.internal", getType(),
                {size(tileRows), size(rowBytes)});
  }
  /// `rows` rows of `bytes` bytes, `stride` bytes from one another.
  Value load(int64_t rows, int64_t bytes, Value address, Value stride) {
    return call("llvm.x86.tileloadd64.internal", getType(),
                {size(rows), size(bytes), address, stride});
  }
  /// Adds products of bytes, of which one is signed.
  Value multiply(Value sum, Value x, Value y, int64_t bytes,
                 bool isFirstUnsigned) {
    return call(isFirstUnsigned ? "llvm.x86.tdpbusd.internal"
                                : "llvm.x86.tdpbsud.internal",
                getType(),
                {size(tileRows), size(rowBytes), size(bytes), sum, x, y});
  }
  void store(Value tile, Value address, Value stride) {
    LLVM::CallIntrinsicOp::create(
        b, b.getStringAttr("llvm.x86.tilestored64.internal"),
        ValueRange{size(tileRows), size(rowBytes), address, stride, tile});
  }
  Value stride(int64_t bytes) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(bytes));
  }

private:
  Value size(int64_t value) {
    return arith::ConstantOp::create(
        b, b.getI16IntegerAttr(static_cast<int16_t>(value)));
  }
  Value call(StringRef name, Type type, ArrayRef<Value> operands) {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name),
                                         operands)
        .getResult(0);
  }

  ImplicitLocOpBuilder &b;
};

} // namespace

void MatmulBuilder::addTileProducts(const Microkernel &kernel, Value row,
                                    int64_t count, const Panel &panel,
                                    Value weights, Value group, Value sums) {
  Tiles tiles(b);
  int64_t width = panel.getNumVectors(), down = count / tileRows;
  Value activations = kernel.getActivation().getValues();
  Value stride = arith::IndexCastOp::create(
      b, b.getI64Type(),
      memref::ExtractStridedMetadataOp::create(b, activations)
          .getStrides()
          .front());
  Value weightStride = tiles.stride(width * rowBytes);
  TileSteps steps(kernel.getGroupTiles());
  Value firstTile =
      arith::MulIOp::create(b, group, constantIndex(b, kernel.getGroupTiles()));
  Value firstKept =
      arith::MulIOp::create(b, group, constantIndex(b, steps.getPaddedTiles()));
  SmallVector<Value> zeros;
  for (int64_t i = 0; i < down * width; ++i)
    zeros.push_back(tiles.zero());
  SmallVector<Value> products = kernel.reduce(
      constantIndex(b, 0), constantIndex(b, steps.getPaddedTiles()),
      std::max<int64_t>(steps.tiles, 1), zeros,
      [&](Value tile, ValueRange before) {
        SmallVector<Value> y, result(before);
        Value kept = arith::AddIOp::create(b, firstKept, tile);
        for (int64_t j = 0; j < width; ++j)
          y.push_back(tiles.load(
              steps.tiles, rowBytes,
              getAddress(b, weights,
                         {kept, constantIndex(b, j), constantIndex(b, 0)}),
              weightStride));
        Value byte =
            arith::MulIOp::create(b, arith::AddIOp::create(b, firstTile, tile),
                                  constantIndex(b, step));
        for (int64_t i = 0; i < down; ++i) {
          Value x = tiles.load(
              tileRows, steps.tiles * step,
              getAddress(b, activations, {add(row, i * tileRows), byte}),
              stride);
          for (int64_t j = 0; j < width; ++j) {
            Value &sum = result[i * width + j];
            sum = tiles.multiply(sum, x, y[j], steps.tiles * step,
                                 spec.hasUnsignedActivations());
          }
        }
        return result;
      });
  for (auto [i, tile] : llvm::enumerate(products))
    tiles.store(
        tile,
        getAddress(b, sums,
                   {constantIndex(b, int64_t(i) / width * tileRows),
                    constantIndex(b, int64_t(i) % width), constantIndex(b, 0)}),
        tiles.stride(width * rowBytes));
}

void MatmulBuilder::sumTileRows(const Microkernel &kernel, Value row,
                                int64_t count, const Panel &panel,
                                Value weights, Value sums, Value reals) {
  int64_t lanes = spec.target.lanes(), width = panel.getNumVectors();
  auto floats = VectorType::get({lanes}, b.getF32Type());
  auto integers = VectorType::get({lanes}, b.getI32Type());
  Value zero = constantIndex(b, 0);
  Value none = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  auto loadRow = [&](VectorType type, Value buffer, Value i) {
    SmallVector<Value> result;
    for (int64_t j = 0; j < width; ++j)
      result.push_back(vector::LoadOp::create(
          b, type, buffer, ValueRange{i, constantIndex(b, j), zero}));
    return result;
  };
  auto storeRow = [&](ValueRange values, Value i) {
    for (auto [j, value] : llvm::enumerate(values))
      vector::StoreOp::create(
          b, value, reals, ValueRange{i, constantIndex(b, int64_t(j)), zero});
  };
  auto forRows = [&](function_ref<void(Value i, Value place)> body) {
    kernel.reduce(zero, constantIndex(b, count), 1, {},
                  [&](Value i, ValueRange) {
                    body(i, arith::AddIOp::create(b, row, i));
                    return SmallVector<Value>();
                  });
  };
  int64_t groups = spec.getNumGroups();
  // Nothing is summed.
  if (groups == 0)
    return forRows([&](Value, Value place) {
      results.store(place, 1, SmallVector<Value>(width, none), panel);
    });
  auto addGroup = [&](Value group) {
    addTileProducts(kernel, row, count, panel, weights, group, sums);
    forRows([&](Value i, Value place) {
      SmallVector<Value> before(width, none);
      if (groups > 1)
        before = loadRow(floats, reals, i);
      SmallVector<Value> next = kernel.addGroup(loadRow(integers, sums, i),
                                                before, place, panel, group);
      if (groups > 1)
        storeRow(next, i);
      else
        results.store(place, 1, next, panel);
    });
  };
  if (groups == 1)
    return addGroup(zero);
  forRows(
      [&](Value i, Value) { storeRow(SmallVector<Value>(width, none), i); });
  kernel.reduce(zero, constantIndex(b, groups), 1, {},
                [&](Value group, ValueRange) {
                  addGroup(group);
                  return SmallVector<Value>();
                });
  forRows([&](Value i, Value place) {
    results.store(place, 1, loadRow(floats, reals, i), panel);
  });
}

void MatmulBuilder::keepTiles(const Microkernel &kernel, PanelSource &source,
                              int64_t width, Value weights) {
  int64_t numTiles = cast<MemRefType>(parts[0].getType()).getDimSize(1);
  int64_t groupTiles = kernel.getGroupTiles();
  int64_t padded = TileSteps(groupTiles).getPaddedTiles();
  VectorType type = DotProduct(spec, b.getContext()).getOperandType();
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  auto keep = [&](ValueRange values, Value place) {
    for (auto [j, value] : llvm::enumerate(values))
      vector::StoreOp::create(
          b, value, weights,
          ValueRange{place, constantIndex(b, int64_t(j)), constantIndex(b, 0)});
  };
  auto forTiles = [&](Value begin, Value end,
                      function_ref<void(Value tile)> body) {
    kernel.reduce(begin, end, 1, {}, [&](Value tile, ValueRange) {
      body(tile);
      return SmallVector<Value>();
    });
  };
  Value zero = constantIndex(b, 0);
  kernel.reduce(
      zero, constantIndex(b, spec.getNumGroups()), 1, {},
      [&](Value group, ValueRange) {
        Value first =
            arith::MulIOp::create(b, group, constantIndex(b, groupTiles));
        Value size = arith::MinUIOp::create(
            b, constantIndex(b, groupTiles),
            arith::SubIOp::create(b, constantIndex(b, numTiles), first));
        Value kept = arith::MulIOp::create(b, group, constantIndex(b, padded));
        forTiles(zero, size, [&](Value tile) {
          SmallVector<Value> loaded =
              source.load(b, arith::AddIOp::create(b, first, tile));
          // The last panel may have columns for one vector alone.
          loaded.truncate(width);
          keep(loaded, arith::AddIOp::create(b, kept, tile));
        });
        forTiles(size, constantIndex(b, padded), [&](Value tile) {
          keep(SmallVector<Value>(width, zeros),
               arith::AddIOp::create(b, kept, tile));
        });
        return SmallVector<Value>();
      });
}

void MatmulBuilder::buildTileRows(const Microkernel &kernel, const Panel &panel,
                                  PanelSource &source, Value begin, Value end) {
  int64_t width = panel.getNumVectors(), lanes = spec.target.lanes();
  auto allocate = [&](ArrayRef<int64_t> shape, Type element) -> Value {
    return memref::AllocOp::create(b, MemRefType::get(shape, element),
                                   ValueRange{}, b.getI64IntegerAttr(64));
  };
  int64_t kept =
      spec.getNumGroups() * TileSteps(kernel.getGroupTiles()).getPaddedTiles();
  Value weights = allocate({kept, width, rowBytes}, b.getI8Type());
  Value sums = allocate({tilesDown * tileRows, width, lanes}, b.getI32Type());
  Value reals;
  if (spec.getNumGroups() > 1)
    reals = allocate({tilesDown * tileRows, width, lanes}, b.getF32Type());
  keepTiles(kernel, source, width, weights);
  buildRows(begin, end, tilesDown * tileRows, [&](Value row, int64_t rows) {
    if (rows >= tileRows)
      return sumTileRows(kernel, row, rows, panel, weights, sums, reals);
    results.store(row, rows,
                  kernel.sum(row, rows, panel, source, kernel.getWhole()),
                  panel);
  });
  for (Value buffer : {weights, sums, reals})
    if (buffer)
      memref::DeallocOp::create(b, buffer);
}
