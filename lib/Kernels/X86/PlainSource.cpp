//===- PlainSource.cpp - Weights that are not encoded ---------------------===//
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

class PlainSource final : public PanelSource {
public:
  PlainSource(const MatmulSpec &spec, Value weight, const Panel &panel)
      : spec(spec), weight(weight), panel(panel) {}

  bool isGrouped() const override { return false; }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    SmallVector<Value> result;
    for (int64_t j = 0; j < panel.getNumVectors(); ++j)
      result.push_back(vector::MaskedLoadOp::create(
          b, type, weight, panel.at(tile, panel.getColumn(b, spec, j)),
          panel.masks[j], zero));
    return result;
  }

private:
  const MatmulSpec &spec;
  Value weight;
  const Panel &panel;
};

} // namespace

std::unique_ptr<PanelSource>
x86::makePlainSource(const MatmulSpec &spec, Value weight, const Panel &panel) {
  return std::make_unique<PlainSource>(spec, weight, panel);
}
