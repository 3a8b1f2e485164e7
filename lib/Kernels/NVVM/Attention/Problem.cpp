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

namespace {
/// Finds the matrices of one head of one sequence.
struct Matrices {
  KernelBuilder &kernel;
  const AttentionSpec &spec;
  const AttentionArguments &arguments;
  Value sequence;

  /// `row` (i32), or null for the first, of the head of `pointer`. The strides
  /// are the arguments from `stride` on.
  HeadMatrix get(A pointer, A stride, Value head, Value row) {
    auto next = [&](int i) { return A(static_cast<int>(stride) + i); };
    Value rowStride = arguments[next(2)];
    Value start =
        kernel.mul(kernel.toI64(head), arguments[next(1)]);
    if (!spec.sequenceOffsets)
      start = kernel.add(
          start, kernel.mul(kernel.toI64(sequence), arguments[stride]));
    if (row)
      start =
          kernel.add(start, kernel.mul(kernel.toI64(row), rowStride));
    constexpr int64_t bytes = 2;
    return {kernel.offset(arguments[pointer], kernel.mul(start, bytes)),
            kernel.mul(rowStride, bytes)};
  }
};
} // namespace

/// The i32 of `sequence` + `further` in an array.
static Value loadOfSequence(KernelBuilder &kernel, Value array, Value sequence,
                            int64_t further) {
  Value place = kernel.add(kernel.toI64(sequence), further);
  return kernel.load(kernel.i32, kernel.offset(array, kernel.mul(place, 4)),
                     /*alignment=*/4);
}

AttentionProblem::AttentionProblem(KernelBuilder &kernel,
                                   const AttentionSpec &spec,
                                   const AttentionPlan &plan,
                                   const AttentionArguments &arguments) {
  KernelBuilder::Step step(kernel, "the block's rows");
  Value tile = kernel.block(0);
  // The rows that see most begin first, and are not those that all wait for.
  if (spec.causal)
    tile = kernel.sub(kernel.sub(kernel.numBlocksX(), 1), tile);
  row = kernel.mul(tile, plan.getBlockRows());
  warpRow =
      kernel.add(row, kernel.mul(kernel.warp(), plan.getRowsPerWarp()));
  head = keyHead = kernel.block(1);
  if (spec.grouped)
    keyHead = kernel.div(head, arguments[A::HeadsPerKeyHead]);
  sequence = kernel.block(2);

  Value firstRow = row;
  if (spec.sequenceOffsets) {
    auto find = [&](A offsets, Value &offset, Value &length) {
      offset = loadOfSequence(kernel, arguments[offsets], sequence, 0);
      Value end = loadOfSequence(kernel, arguments[offsets], sequence, 1);
      length = kernel.sub(end, offset);
    };
    find(A::QueryOffsets, queryOffset, queries);
    find(A::KeyOffsets, keyOffset, keys);
    firstRow = kernel.add(row, queryOffset);
  } else {
    queries = arguments[A::Queries];
    keys = spec.keyLengths
               ? loadOfSequence(kernel, arguments[A::KeyLengths], sequence, 0)
               : arguments[A::Keys];
  }
  Matrices matrices{kernel, spec, arguments, sequence};
  query = matrices.get(A::Query, A::QueryBatchStride, head, firstRow);
  output = matrices.get(A::Output, A::OutputBatchStride, head, firstRow);
  key = matrices.get(A::Key, A::KeyBatchStride, keyHead, keyOffset);
  value = matrices.get(A::Value, A::ValueBatchStride, keyHead, keyOffset);

  if (spec.isBoundedRight() || spec.windowLeft || spec.alibi)
    diagonal = kernel.sub(keys, queries);
  Value zero = kernel.constant(0);
  Value end = keys;
  if (spec.isBoundedRight()) {
    Value last = kernel.min(kernel.add(row, plan.getBlockRows()), queries);
    last = kernel.add(last, diagonal);
    if (spec.windowRight)
      last = kernel.add(last, arguments[A::WindowRight]);
    end = kernel.max(kernel.min(end, last), zero);
  }
  firstTile = zero;
  if (spec.windowLeft) {
    Value first = kernel.sub(kernel.add(row, diagonal),
                             arguments[A::WindowLeft]);
    firstTile = kernel.div(kernel.max(first, zero), plan.blockKeys);
  }
  endTile =
      kernel.div(kernel.add(end, plan.blockKeys - 1), plan.blockKeys);
}
