//===- Problem.cpp - What a block of attention works on -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Problem.h"

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

/// The i32 at a place (i64) of an array.
static Value loadNumber(KernelBuilder &kernel, Value array, Value place) {
  return kernel.load(kernel.i32, kernel.offset(array, kernel.mul(place, 4)),
                     /*alignment=*/4);
}

/// The argument `i` places behind another.
static A getNext(A argument, int i) {
  return A(static_cast<int>(argument) + i);
}

/// Of queries and outputs.
static constexpr int64_t elementBytes = 2;

AttentionProblem::AttentionProblem(KernelBuilder &kernel,
                                   const AttentionSpec &spec,
                                   const AttentionPlan &plan,
                                   const AttentionArguments &arguments)
    : spec(spec), arguments(arguments) {
  KernelBuilder::Step step(kernel, "the block's rows");
  Value tile = kernel.block(0);
  // The rows that see most begin first, and are not those that all wait for.
  if (spec.causal)
    tile = kernel.sub(kernel.sub(kernel.numBlocks(0), 1), tile);
  if (spec.splitKeys) {
    Value splits = arguments[A::Splits];
    split = kernel.rem(tile, splits);
    tile = kernel.div(tile, splits);
  }
  row = kernel.mul(tile, plan.getBlockRows());
  warpRow = kernel.add(row, kernel.mul(kernel.warp(), plan.getRowsPerWarp()));
  keyHead = kernel.block(1);
  if (!spec.packedHeads) {
    head = keyHead;
    if (spec.grouped)
      keyHead = kernel.div(head, arguments[A::HeadsPerKeyHead]);
  }
  sequence = kernel.block(2);
  findSequence(kernel);
  key = getKeyMatrix(kernel, A::Key, A::KeyBatchStride, spec.key.getBits());
  value =
      getKeyMatrix(kernel, A::Value, A::ValueBatchStride, spec.value.getBits());
  if (spec.key.hasScales())
    keyScale = getKeyMatrix(kernel, A::KeyScale, A::KeyScaleBatchStride,
                            getBits(spec.key.scale));
  if (spec.value.hasScales())
    valueScale = getKeyMatrix(kernel, A::ValueScale, A::ValueScaleBatchStride,
                              getBits(spec.value.scale));
  rows = queries;
  if (spec.packedHeads)
    rows = kernel.mul(queries, arguments[A::HeadsPerKeyHead]);
  if (spec.topLeft)
    diagonal = arguments[A::PastKeys];
  else if (spec.usesPositions())
    diagonal = kernel.sub(length, queries);
  findTiles(kernel, plan);
}

void AttentionProblem::findSequence(KernelBuilder &kernel) {
  if (!spec.sequenceOffsets) {
    queries = arguments[A::Queries];
    keys = length = arguments[A::Keys];
    if (spec.keyLengths) {
      length =
          loadNumber(kernel, arguments[A::KeyLengths], kernel.toI64(sequence));
      // None that are not there, and none before the first.
      keys = kernel.max(kernel.min(length, keys), kernel.constant(0));
    }
    return;
  }
  auto find = [&](A offsets, Value &offset, Value &length) {
    Value place = kernel.toI64(sequence);
    offset = loadNumber(kernel, arguments[offsets], place);
    Value end = loadNumber(kernel, arguments[offsets], kernel.add(place, 1));
    length = kernel.sub(end, offset);
  };
  find(A::QueryOffsets, queryOffset, queries);
  find(A::KeyOffsets, keyOffset, keys);
  length = keys;
}

/// Bytes of so many elements; those of 4 bits are an even number.
static Value toBytes(KernelBuilder &kernel, Value elements, int64_t bits) {
  return bits < 8 ? kernel.shiftRight(elements, 1)
                  : kernel.mul(elements, bits / 8);
}

HeadMatrix AttentionProblem::getKeyMatrix(KernelBuilder &kernel, A matrix,
                                          A stride, int64_t bits) const {
  Value rowStride = arguments[getNext(stride, 2)];
  Value start =
      kernel.mul(kernel.toI64(keyHead), arguments[getNext(stride, 1)]);
  if (keyOffset)
    start = kernel.add(start, kernel.mul(kernel.toI64(keyOffset), rowStride));
  else if (!spec.paged)
    start = kernel.add(start,
                       kernel.mul(kernel.toI64(sequence), arguments[stride]));
  HeadMatrix result;
  result.start = kernel.offset(arguments[matrix], toBytes(kernel, start, bits));
  result.stride = toBytes(kernel, rowStride, bits);
  if (spec.paged)
    result.pageStride = toBytes(kernel, arguments[stride], bits);
  return result;
}

Value AttentionProblem::getQuery(KernelBuilder &kernel, Value row) const {
  return spec.packedHeads ? kernel.div(row, arguments[A::HeadsPerKeyHead])
                          : row;
}

Value AttentionProblem::getHead(KernelBuilder &kernel, Value row) const {
  if (!spec.packedHeads)
    return head;
  Value group = arguments[A::HeadsPerKeyHead];
  return kernel.add(kernel.mul(keyHead, group), kernel.rem(row, group));
}

Value AttentionProblem::getEndKey(KernelBuilder &kernel, Value query) const {
  if (!spec.isBoundedRight())
    return keys;
  Value end = kernel.add(kernel.add(query, diagonal), 1);
  if (spec.windowRight)
    end = kernel.add(end, arguments[A::WindowRight]);
  return kernel.min(keys, end);
}

Value AttentionProblem::getFirstKey(KernelBuilder &kernel, Value query) const {
  assert(spec.windowLeft && "else it is the first of all");
  return kernel.sub(kernel.add(query, diagonal), arguments[A::WindowLeft]);
}

void AttentionProblem::findTiles(KernelBuilder &kernel,
                                 const AttentionPlan &plan) {
  Value zero = kernel.constant(0);
  Value lastRow =
      kernel.sub(kernel.min(kernel.add(row, plan.getBlockRows()), rows), 1);
  Value end = keys;
  if (spec.isBoundedRight())
    end = kernel.max(getEndKey(kernel, getQuery(kernel, lastRow)), zero);
  firstTile = zero;
  if (spec.windowLeft)
    firstTile =
        kernel.div(kernel.max(getFirstKey(kernel, getQuery(kernel, row)), zero),
                   plan.blockKeys);
  endTile = kernel.div(kernel.add(end, plan.blockKeys - 1), plan.blockKeys);
  if (!split)
    return;
  // Equal shares; the last ones may have less, or nothing.
  Value splits = arguments[A::Splits];
  Value tiles = kernel.max(kernel.sub(endTile, firstTile), zero);
  Value share = kernel.div(kernel.add(tiles, kernel.sub(splits, 1)), splits);
  firstTile = kernel.add(firstTile, kernel.mul(split, share));
  endTile = kernel.min(endTile, kernel.add(firstTile, share));
}

Value AttentionProblem::getRowStart(KernelBuilder &kernel, A matrix, A stride,
                                    Value rowOfBlock) const {
  Value place = kernel.add(row, rowOfBlock);
  Value query = getQuery(kernel, place);
  Value start = kernel.mul(kernel.toI64(getHead(kernel, place)),
                           arguments[getNext(stride, 1)]);
  if (queryOffset)
    query = kernel.add(query, queryOffset);
  else
    start = kernel.add(start,
                       kernel.mul(kernel.toI64(sequence), arguments[stride]));
  start = kernel.add(
      start, kernel.mul(kernel.toI64(query), arguments[getNext(stride, 2)]));
  return kernel.offset(arguments[matrix], kernel.mul(start, elementBytes));
}

Value AttentionProblem::getKeyRow(KernelBuilder &kernel,
                                  const HeadMatrix &matrix, Value key) const {
  if (spec.paged)
    return getPagedRow(kernel, matrix, key);
  return kernel.offset(matrix.start,
                       kernel.mul(kernel.toI64(key), matrix.stride));
}

Value AttentionProblem::getPagedRow(KernelBuilder &kernel,
                                    const HeadMatrix &matrix, Value key) const {
  // The table may end where the keys do.
  Value inside = kernel.min(key, kernel.sub(keys, 1));
  Value keysPerPage = arguments[A::KeysPerPage];
  Value entry = kernel.add(
      kernel.mul(kernel.toI64(sequence), arguments[A::PageTableStride]),
      kernel.toI64(kernel.div(inside, keysPerPage)));
  Value page = loadNumber(kernel, arguments[A::PageTable], entry);
  Value start = kernel.mul(kernel.toI64(page), matrix.pageStride);
  Value rowInPage = kernel.toI64(kernel.rem(inside, keysPerPage));
  start = kernel.add(start, kernel.mul(rowInPage, matrix.stride));
  return kernel.offset(matrix.start, start);
}
