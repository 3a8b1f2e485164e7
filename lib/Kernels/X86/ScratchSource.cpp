//===- ScratchSource.cpp - Vectors that were made before ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "PanelSource.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

namespace {

class ScratchSource final : public PanelSource {
public:
  explicit ScratchSource(Value scratch) : scratch(scratch) {}

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    auto memref = cast<MemRefType>(scratch.getType());
    auto type =
        VectorType::get(memref.getShape().back(), memref.getElementType());
    SmallVector<Value> result;
    for (int64_t j = 0; j < memref.getDimSize(1); ++j)
      result.push_back(vector::LoadOp::create(
          b, type, scratch,
          ValueRange{tile, constantIndex(b, j), constantIndex(b, 0)}));
    return result;
  }

private:
  Value scratch;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeScratchSource(Value scratch) {
  return std::make_unique<ScratchSource>(scratch);
}
