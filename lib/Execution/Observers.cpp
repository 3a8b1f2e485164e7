//===- Observers.cpp - The observers of a module and a collector ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Observers.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"

using namespace lowbit;
using namespace mlir;

void lowbit::removeObservers(ModuleOp module) {
  module.walk([](ObserveOp observe) { observe.erase(); });
}

llvm::Expected<Observation>
lowbit::connectObservers(ModuleOp module, calibration::Collector *collector) {
  Observation observation;
  auto list = module->getAttrOfType<ArrayAttr>(LowbitDialect::kObserversAttr);
  if (!list)
    return observation;
  // Translation to LLVM IR has no use for it.
  module->removeAttr(LowbitDialect::kObserversAttr);
  if (!collector)
    return observation;
  observation.collector = collector;
  for (auto observer : list.getAsRange<DictionaryAttr>()) {
    std::vector<std::string> layers;
    for (StringRef layer :
         observer.getAs<ArrayAttr>("layers").getAsValueRange<StringAttr>())
      layers.push_back(layer.str());
    auto number =
        collector->addObserver(std::move(layers), observer.contains("gram"));
    if (!number)
      return llvm::createStringError(number.message());
    observation.numbers.push_back(*number);
  }
  return observation;
}
