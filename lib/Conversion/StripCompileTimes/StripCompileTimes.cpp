//===- StripCompileTimes.cpp - Objects without the time they took ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches gpu.binary ops. Takes from the properties of their objects the
// milliseconds that gpu-module-to-binary notes there: with them the same module
// is other bytes at each run. Leaves all other properties.

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace lowbit {
#define GEN_PASS_DEF_STRIPCOMPILETIMESPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static gpu::ObjectAttr withoutTimes(gpu::ObjectAttr object) {
  NamedAttrList kept;
  for (NamedAttribute property : object.getProperties())
    if (!property.getName().getValue().ends_with("TimeInMs"))
      kept.append(property);
  return gpu::ObjectAttr::get(
      object.getContext(), object.getTarget(), object.getFormat(),
      object.getObject(),
      kept.empty() ? nullptr : kept.getDictionary(object.getContext()),
      object.getKernels());
}

namespace {
struct StripCompileTimes
    : lowbit::impl::StripCompileTimesPassBase<StripCompileTimes> {
  void runOnOperation() override {
    getOperation().walk([](gpu::BinaryOp binary) {
      SmallVector<Attribute> objects(binary.getObjects().getValue());
      for (Attribute &attribute : objects)
        if (auto object = dyn_cast<gpu::ObjectAttr>(attribute);
            object && object.getProperties())
          attribute = withoutTimes(object);
      binary.setObjectsAttr(ArrayAttr::get(binary.getContext(), objects));
    });
  }
};
} // namespace
