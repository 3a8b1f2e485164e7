//===- Copy.cpp - Tiles between global and shared memory ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Copy.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include <algorithm>

using namespace lowbit::nvvm;
using namespace mlir;

/// As many neighbours as the swizzle moves together: then the places of a
/// thread's chunks differ by constants.
static int64_t getLanes(const SharedTile &tile) {
  return int64_t(1) << tile.getSwizzleBits();
}

TileCopy::TileCopy(KernelBuilder &kernel, const SharedTile &tile,
                   int64_t columns, int64_t pieceBytes, int64_t threads)
    : tile(tile), columnBytes(columns * tile.elementBytes),
      pieceBytes(pieceBytes), lanes(getLanes(tile)),
      rowsPerStep(std::min(threads / lanes, tile.rows)),
      row(kernel.div(kernel.thread(), lanes)),
      chunk(kernel.bitAnd(kernel.thread(), lanes - 1)),
      places(kernel, tile, row, chunk, /*offset=*/{}) {
  assert(rowsPerStep % 8 == 0 && tile.rows % rowsPerStep == 0 &&
         "all threads have the same number of rows, or none");
  if (threads > rowsPerStep * lanes)
    isBusy = kernel.less(row, kernel.constant(tile.rows));
  assert(columnBytes % pieceBytes == 0 && "rows are whole pieces");
}

void TileCopy::forEachPiece(KernelBuilder &kernel,
                            llvm::function_ref<Value(int64_t)> getStart,
                            Value rows, Value base, bool withZeros,
                            llvm::function_ref<void(const Piece &)> body) {
  constexpr int64_t chunkBytes = SharedTile::chunkBytes;
  auto visit = [&] {
    Value lane = kernel.mul(chunk, chunkBytes);
    for (int64_t step = 0; step < tile.rows; step += rowsPerStep) {
      Value hasRow = kernel.less(kernel.add(row, step), rows);
      Value rowStart = getStart(step);
      for (int64_t q = 0; q < tile.getChunks(); q += lanes) {
        Value place = places.get(kernel, base, q, step);
        for (int64_t byte = 0; byte < chunkBytes; byte += pieceBytes) {
          // The bytes that are there after this piece's first, of lane 0.
          int64_t left = columnBytes - q * chunkBytes - byte;
          if (left <= 0 && !withZeros)
            continue;
          Piece piece;
          piece.global = kernel.offset(rowStart, q * chunkBytes + byte);
          piece.shared = kernel.offset(place, byte);
          piece.hasRow = hasRow;
          if (left <= (lanes - 1) * chunkBytes)
            piece.hasColumns = kernel.less(lane, kernel.constant(left));
          body(piece);
        }
      }
    }
  };
  if (isBusy)
    kernel.when(isBusy, visit);
  else
    visit();
}

void TileCopy::start(KernelBuilder &kernel,
                     llvm::function_ref<Value(int64_t)> getStart, Value rows,
                     Value base) {
  auto cache = pieceBytes == 16 ? NVVM::LoadCacheModifierKind::CG
                                : NVVM::LoadCacheModifierKind::CA;
  Value all = kernel.constant(pieceBytes), none = kernel.constant(0);
  forEachPiece(kernel, getStart, rows, base, /*withZeros=*/true,
               [&](const Piece &piece) {
                 Value bytes = kernel.select(piece.hasRow, all, none);
                 if (piece.hasColumns)
                   bytes = kernel.select(piece.hasColumns, bytes, none);
                 NVVM::CpAsyncOp::create(kernel.builder, kernel.getLoc(),
                                         piece.shared, piece.global, pieceBytes,
                                         cache, bytes);
               });
}

void TileCopy::read(KernelBuilder &kernel, Value global, Value stride,
                    Value rows, Value base) {
  // One place for the thread, and the same steps from it for all threads.
  Value place =
      kernel.add(kernel.mul(kernel.toI64(row), stride),
                 kernel.toI64(kernel.mul(chunk, SharedTile::chunkBytes)));
  Value first = kernel.offset(global, place);
  start(
      kernel,
      [&](int64_t step) {
        return step ? kernel.offset(first, kernel.mul(stride, step)) : first;
      },
      rows, base);
}

void TileCopy::read(KernelBuilder &kernel, GetRow getRow, Value rows,
                    Value base) {
  Value lane = kernel.mul(chunk, SharedTile::chunkBytes);
  start(
      kernel,
      [&](int64_t step) {
        return kernel.offset(getRow(kernel.add(row, step)), lane);
      },
      rows, base);
}

void TileCopy::write(KernelBuilder &kernel, Value base, GetRow getRow,
                     Value rows) {
  Type type = kernel.i32;
  if (pieceBytes > 4)
    type = VectorType::get(pieceBytes / 4, kernel.i32);
  Value lane = kernel.mul(chunk, SharedTile::chunkBytes);
  forEachPiece(
      kernel,
      [&](int64_t step) {
        return kernel.offset(getRow(kernel.add(row, step)), lane);
      },
      rows, base, /*withZeros=*/false,
      [&](const Piece &piece) {
        Value exists = piece.hasRow;
        if (piece.hasColumns)
          exists = kernel.logicalAnd(exists, piece.hasColumns);
        kernel.when(exists, [&] {
          kernel.store(kernel.load(type, piece.shared, pieceBytes),
                       piece.global, pieceBytes);
        });
      });
}

void lowbit::nvvm::commitCopies(KernelBuilder &kernel) {
  NVVM::CpAsyncCommitGroupOp::create(kernel.builder, kernel.getLoc());
}

void lowbit::nvvm::waitForCopies(KernelBuilder &kernel, int64_t pending) {
  NVVM::CpAsyncWaitGroupOp::create(kernel.builder, kernel.getLoc(), pending);
}
