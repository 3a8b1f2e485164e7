//===- RemarksByReason.cpp - One remark for all that share one ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"

using namespace lowbit;
using namespace mlir;

void RemarksByReason::add(Operation *op, const std::string &reason) {
  auto it = llvm::find_if(reasons,
                          [&](const Ops &ops) { return ops.reason == reason; });
  if (it == reasons.end())
    it = reasons.insert(it, {reason, op->getLoc(), 0, {}});
  ++it->count;
  if (auto layer = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr))
    it->layers.push_back(layer.str());
}

void RemarksByReason::emit(StringRef what) const {
  for (const Ops &ops : reasons) {
    InFlightDiagnostic remark = emitRemark(ops.first);
    remark << what;
    if (ops.count > 1)
      remark << " (" << ops.count << " ops)";
    remark << ": " << ops.reason;
    if (ops.count > 1 && !ops.layers.empty()) {
      remark << ": ";
      llvm::interleaveComma(ops.layers, remark);
    }
  }
}
