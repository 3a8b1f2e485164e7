//===- IntegerSource.cpp - Codes as unsigned integers ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "PanelSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

namespace {

class IntegerSource final : public PanelSource {
public:
  IntegerSource(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel) {}

  bool isScaled() const override { return false; }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    // Flipping the sign bit adds 2^(bits-1) modulo 2^bits.
    SmallVector<Value> result =
        loadCodes(b, spec, parts[0], panel.index, tile, getCodeBias(spec));
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    for (Value &value : result)
      if (value.getType() != type)
        value = arith::ExtUIOp::create(b, type, value);
    return result;
  }

private:
  const MatmulSpec &spec;
  ValueRange parts;
  const Panel &panel;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeIntegerSource(const MatmulSpec &spec,
                                                    ValueRange parts,
                                                    const Panel &panel) {
  return std::make_unique<IntegerSource>(spec, parts, panel);
}
