//===- PanelSource.cpp - Where a kernel takes its weights from ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PanelSource.h"

#include "Codes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

Value Panel::getColumn(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                       int64_t j) const {
  if (j == 0)
    return firstColumn;
  return arith::AddIOp::create(b, firstColumn,
                               constantIndex(b, j * spec.target.lanes()));
}

bool x86::areInPanels(const MatmulSpec &spec) {
  if (!spec.encoding)
    return false;
  unsigned bits = spec.encoding.getBits();
  if (spec.isBf16())
    return bits == 16;
  return bits == 32 && !spec.encoding.getScale().isStored();
}

SmallVector<Value> Panel::at(Value first, Value second) const {
  SmallVector<Value> indices;
  if (batch)
    indices.push_back(batch);
  indices.append({first, second});
  return indices;
}
