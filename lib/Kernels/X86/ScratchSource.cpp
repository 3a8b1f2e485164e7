//===- ScratchSource.cpp - Vectors that were made before ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "PanelSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

namespace {

class ScratchSource final : public PanelSource {
public:
  ScratchSource(Value scratch, Value panel, Value first, bool isScaledSource)
      : scratch(scratch), panel(panel), first(first),
        isScaledSource(isScaledSource) {}

  bool isScaled() const override { return isScaledSource; }
  bool isGrouped() const override { return false; }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    auto memref = cast<MemRefType>(scratch.getType());
    auto type =
        VectorType::get(memref.getShape().back(), memref.getElementType());
    Value place = arith::SubIOp::create(b, tile, first);
    SmallVector<Value> result;
    for (int64_t j = 0; j < memref.getDimSize(2); ++j)
      result.push_back(vector::LoadOp::create(
          b, type, scratch,
          ValueRange{panel, place, constantIndex(b, j), constantIndex(b, 0)}));
    return result;
  }

private:
  Value scratch, panel, first;
  bool isScaledSource;
};

} // namespace

std::unique_ptr<PanelSource>
x86::makeScratchSource(Value scratch, Value panel, Value first, bool isScaled) {
  return std::make_unique<ScratchSource>(scratch, panel, first, isScaled);
}
