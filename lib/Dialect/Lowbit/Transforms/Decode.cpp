//===- Decode.cpp - Compute with the reals that encoded tensors denote ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches linalg ops and attention with encoded operands and, unless told not
// to, tensor.extract from an encoded tensor. Makes a lowbit.decode of each such
// operand, in front of the op (a table is decoded whole, in front of the
// gather). Leaves encoded tensors with no other uses than lowbit.decode,
// lowbit.disassemble, tensor.dim and control flow, for lowbit-to-parts to take
// apart.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/DecodeOperands.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace lowbit {
#define GEN_PASS_DEF_DECODEPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
struct DecodePass final : lowbit::impl::DecodePassBase<DecodePass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      if (computesWithEncoded(op) && (gathers || !isa<tensor::ExtractOp>(op)))
        decodeOperands(op);
    });
  }
};
} // namespace
