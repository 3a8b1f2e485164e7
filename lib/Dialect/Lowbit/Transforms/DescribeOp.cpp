//===- DescribeOp.cpp - What messages at run time call an op --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/DescribeOp.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace lowbit;
using namespace mlir;

std::string lowbit::describeOp(Operation *op) {
  if (auto layer = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr))
    return "'" + layer.str() + "'";
  std::string place;
  op->getLoc()->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part))
      place = "'" + name.getName().str() + "'";
    else if (auto line = dyn_cast<FileLineColLoc>(part))
      place = llvm::formatv("{0} ({1}:{2})", op->getName(),
                            llvm::sys::path::filename(line.getFilename()),
                            line.getLine());
    return place.empty() ? WalkResult::advance() : WalkResult::interrupt();
  });
  return place.empty() ? op->getName().getStringRef().str() : place;
}
