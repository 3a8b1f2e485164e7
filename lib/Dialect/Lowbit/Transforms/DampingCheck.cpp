//===- DampingCheck.cpp - Enough rows to do without damping ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assignment.h"
#include "ExternalWeights.h"
#include "LayerStatistics.h"
#include "SharedWeights.h"
#include "llvm/ADT/MapVector.h"

using namespace lowbit;
using namespace mlir;

namespace {
/// Layers that share the parts of a weight, and so the method that makes them.
struct Undamped {
  const Layer *layer;
  const Assignment *assignment;
  SmallVector<Attribute> names;
};
} // namespace

/// What is to be quantized without damping, in the order of the layers.
static std::vector<Undamped> findUndamped(ArrayRef<Layer> layers,
                                          ArrayRef<Assignment> assignments) {
  std::vector<Undamped> found;
  std::map<SharedWeightKey, size_t> places;
  for (auto [layer, assignment] : llvm::zip_equal(layers, assignments)) {
    if (!assignment.method || !assignment.dampingLoc || !layer.activation ||
        assignment.method.getMethod().damping != 0)
      continue;
    MLIRContext *context = layer.op->getContext();
    SharedWeightKey key = getSharedWeight(
        layer, assignment.weight, RangeKindAttr::get(context, assignment.range),
        assignment.method);
    // Functions share what is stored.
    key.erase(key.begin());
    auto [it, isNew] = places.insert({std::move(key), found.size()});
    if (isNew)
      found.push_back({&layer, &assignment, {}});
    found[it->second].names.push_back(StringAttr::get(context, layer.name));
  }
  return found;
}

LogicalResult lowbit::verifyDamping(ModuleOp module, ArrayRef<Layer> layers,
                                    ArrayRef<Assignment> assignments,
                                    StringRef statistics, StringRef weights) {
  std::vector<Undamped> undamped = findUndamped(layers, assignments);
  if (undamped.empty() || statistics.empty())
    return success();
  FailureOr<ExternalWeights> stored =
      ExternalWeights::openOptional(module, weights);
  if (failed(stored))
    return failure();
  FailureOr<LayerStatistics> known =
      LayerStatistics::open(module, statistics, stored->getFile());
  if (failed(known))
    return failure();
  for (const Undamped &of : undamped) {
    int64_t channels =
        of.layer->getWeightType().getDimSize(of.layer->weightChannels);
    std::string problem = known->describeUndamped(
        of.names, of.assignment->method.getMethod().kind, channels,
        of.layer->getWindowSize());
    if (!problem.empty())
      return emitError(Location(of.assignment->dampingLoc)) << problem;
  }
  return success();
}
