//===- Fragment.cpp - Matrices in the registers of a warp -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Fragment.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace lowbit::nvvm;
using namespace mlir;

Type lowbit::nvvm::getType(KernelBuilder &kernel, Half half) {
  return half == Half::F16 ? kernel.f16 : kernel.bf16;
}

/// Threads 8 i to 8 i + 7 say where the rows of matrix i begin.
static Value getLaneRow(KernelBuilder &kernel,
                        FragmentReader::Operand operand) {
  using Operand = FragmentReader::Operand;
  if (operand == Operand::RowWords || operand == Operand::ColumnWords)
    return kernel.lane();
  if (operand != Operand::Transposed)
    return kernel.bitAnd(kernel.lane(), 15);
  Value upper = kernel.shiftLeft(kernel.shiftRight(kernel.lane(), 4), 3);
  return kernel.bitOr(kernel.bitAnd(kernel.lane(), 7), upper);
}

static Value getLaneChunk(KernelBuilder &kernel,
                          FragmentReader::Operand operand) {
  using Operand = FragmentReader::Operand;
  if (operand == Operand::RowWords || operand == Operand::ColumnWords)
    return kernel.constant(0);
  if (operand != Operand::Transposed)
    return kernel.shiftRight(kernel.lane(), 4);
  return kernel.bitAnd(kernel.shiftRight(kernel.lane(), 3), 1);
}

static Value addRow(KernelBuilder &kernel, Value lane, Value row) {
  return row ? kernel.add(lane, row) : lane;
}

FragmentReader::FragmentReader(KernelBuilder &kernel, const SharedTile &tile,
                               Operand operand, Value row)
    : elementBytes(tile.elementBytes),
      isTransposed(operand == Operand::B || operand == Operand::ColumnWords),
      places(kernel, tile, addRow(kernel, getLaneRow(kernel, operand), row),
             getLaneChunk(kernel, operand), /*offset=*/{}) {
  bool isOfWords =
      operand == Operand::RowWords || operand == Operand::ColumnWords;
  assert(elementBytes == (isOfWords ? 1 : 2) && "bytes are read as words");
  static_cast<void>(isOfWords);
}

Values FragmentReader::read(KernelBuilder &kernel, Value base, int64_t row,
                            int64_t column) {
  assert(row % 16 == 0 && column % 16 == 0 && "whole fragments");
  MLIRContext *context = kernel.getContext();
  OpBuilder &b = kernel.builder;
  Value place = places.get(kernel, base,
                           column * elementBytes / SharedTile::chunkBytes, row);
  auto type = LLVM::LLVMStructType::getLiteral(
      context, SmallVector<Type>(4, kernel.i32));
  Value all = NVVM::LdMatrixOp::create(
      b, kernel.getLoc(), type, place, /*num=*/4,
      isTransposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  Values parts;
  for (int64_t i = 0; i < 4; ++i)
    parts.push_back(LLVM::ExtractValueOp::create(b, kernel.getLoc(), all, i));
  return parts;
}

Value lowbit::nvvm::getAccumulatorRow(KernelBuilder &kernel) {
  return kernel.shiftRight(kernel.lane(), 2);
}

Value lowbit::nvvm::getAccumulatorColumn(KernelBuilder &kernel) {
  return kernel.shiftLeft(kernel.bitAnd(kernel.lane(), 3), 1);
}
