//===- matmul.cpp - The kernel of a matrix product ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/writing-a-kernel.md goes through this file.
//
//===----------------------------------------------------------------------===//

#include "matmul.h"

#include "lowbit/Kernels/NVVM/Barrier.h"
#include "lowbit/Kernels/NVVM/Copy.h"
#include "lowbit/Kernels/NVVM/KernelFunction.h"
#include "lowbit/Kernels/NVVM/Mma.h"

using namespace lowbit::nvvm;
using namespace mlir;

// Each of 4 warps has 16 rows of the block's product, and all of its columns.
static constexpr int64_t threads = 128, warpRows = 16, fragment = 16;
static constexpr int64_t elementBytes = 2;
static constexpr int64_t accumulators = blockColumns / Accumulator::columns;

// Shared memory holds two stages of a tile of a and a tile of b.
static const SharedTile aTile{blockRows, stepDepth};
static const SharedTile bTile{blockColumns, stepDepth};
static const int64_t stageBytes = aTile.getBytes() + bTile.getBytes();

/// Adds c[row, column] of a thread's accumulators to memory, where it exists.
static void writeProduct(KernelBuilder &kernel, Value c, Value m, Value n,
                         Value firstRow, Value firstColumn, ValueRange sums) {
  KernelBuilder::Step step(kernel, "write c");
  Value row = kernel.add(firstRow, getAccumulatorRow(kernel));
  Value column = kernel.add(firstColumn, getAccumulatorColumn(kernel));
  for (int64_t i = 0; i < int64_t(sums.size()); ++i) {
    int64_t tile = i / Accumulator::size, element = i % Accumulator::size;
    Value r = kernel.add(row, Accumulator::rowOf(element) * 8);
    Value s = kernel.add(column, tile * Accumulator::columns +
                                     Accumulator::columnOf(element));
    Value exists = kernel.logicalAnd(kernel.less(r, m), kernel.less(s, n));
    kernel.when(exists, [&] {
      Value place = kernel.add(kernel.mul(kernel.toI64(r), kernel.toI64(n)),
                               kernel.toI64(s));
      kernel.store(sums[i], kernel.offset(c, kernel.mul(place, 4)),
                   /*alignment=*/4);
    });
  }
}

void buildMatmul(gpu::GPUModuleOp module, const Target &target, int64_t depth) {
  MLIRContext *context = module.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context, /*addressSpace=*/1);
  Type i32 = IntegerType::get(context, 32);
  KernelShape shape;
  shape.threads = threads;
  shape.sharedBytes = 2 * stageBytes;
  LLVM::LLVMFuncOp function = createKernel(
      module, "matmul", target, shape, {pointer, pointer, pointer, i32, i32});
  KernelBuilder kernel(function, function.getLoc());
  Value a = function.getArgument(0), b = function.getArgument(1),
        c = function.getArgument(2), m = function.getArgument(3),
        n = function.getArgument(4);
  Value memory = getSharedMemory(kernel);

  // Where this block's rows of a and of b begin, and how many there are.
  Value rowBytes = kernel.constant64(depth * elementBytes);
  Value firstRow = kernel.mul(kernel.block(0), blockRows);
  Value firstColumn = kernel.mul(kernel.block(1), blockColumns);
  Value aStart = kernel.offset(a, kernel.mul(kernel.toI64(firstRow), rowBytes));
  Value bStart =
      kernel.offset(b, kernel.mul(kernel.toI64(firstColumn), rowBytes));

  // Copies one step's columns to a stage, without waiting for them.
  TileCopy aCopy(kernel, aTile, stepDepth, /*pieceBytes=*/16, threads);
  TileCopy bCopy(kernel, bTile, stepDepth, /*pieceBytes=*/16, threads);
  auto getStage = [&](Value step) {
    return kernel.offset(memory,
                         kernel.mul(kernel.bitAnd(step, 1), stageBytes));
  };
  auto startCopies = [&](Value index) {
    KernelBuilder::Step step(kernel, "copy tiles");
    Value column = kernel.mul(kernel.toI64(index), stepDepth * elementBytes);
    Value stage = getStage(index);
    aCopy.read(kernel, kernel.offset(aStart, column), rowBytes,
               kernel.sub(m, firstRow), stage);
    bCopy.read(kernel, kernel.offset(bStart, column), rowBytes,
               kernel.sub(n, firstColumn),
               kernel.offset(stage, aTile.getBytes()));
  };

  // The products of a stage. Rows of b are columns of its transpose.
  Value warpRow = kernel.mul(kernel.warp(), warpRows);
  FragmentReader aReader(kernel, aTile, FragmentReader::Operand::A, warpRow);
  FragmentReader bReader(kernel, bTile, FragmentReader::Operand::Transposed);
  auto multiplyStage = [&](Value stage, MutableArrayRef<Value> sums) {
    KernelBuilder::Step step(kernel, "multiply");
    Value bBase = kernel.offset(stage, aTile.getBytes());
    for (int64_t k = 0; k < stepDepth; k += fragment) {
      Values left = aReader.read(kernel, stage, /*row=*/0, k);
      for (int64_t column = 0; column < blockColumns; column += fragment) {
        Values right = bReader.read(kernel, bBase, column, k);
        for (int64_t half : {0, 1}) {
          int64_t at =
              (column / Accumulator::columns + half) * Accumulator::size;
          MutableArrayRef<Value> sum = sums.slice(at, Accumulator::size);
          Values next = multiply(kernel, Half::F16, left,
                                 ValueRange(right).slice(2 * half, 2), sum);
          llvm::copy(next, sum.begin());
        }
      }
    }
  };

  // While one stage is multiplied, the next is copied.
  Value zero = kernel.constant(0), steps = kernel.constant(depth / stepDepth);
  Values sums(accumulators * Accumulator::size, kernel.constantF32(0));
  startCopies(zero);
  commitCopies(kernel);
  sums = kernel.loop(zero, steps, sums, [&](Value index, ValueRange before) {
    Value next = kernel.add(index, 1);
    kernel.when(kernel.less(next, steps), [&] { startCopies(next); });
    commitCopies(kernel);
    waitForCopies(kernel, /*pending=*/1);
    synchronizeBlock(kernel); // what others copied is there
    Values after(before);
    multiplyStage(getStage(index), after);
    synchronizeBlock(kernel); // before the stage is overwritten
    return after;
  });
  writeProduct(kernel, c, m, n, kernel.add(firstRow, warpRow), firstColumn,
               sums);
  LLVM::ReturnOp::create(kernel.builder, kernel.getLoc(), ValueRange());
}
