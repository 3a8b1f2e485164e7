//===- InputCounts.cpp - Of how many layers statistics are ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/InputCounts.h"

#include <algorithm>

using namespace lowbit::calibration;

std::string lowbit::calibration::describeInputs(const Statistics &statistics) {
  const std::string suffix = patchesOf("");
  size_t inputs = 0, layers = 0, patches = 0;
  for (const InputStatistics &input : statistics.inputs()) {
    // A layer may have such a name of its own.
    size_t here =
        std::ranges::count_if(input.layers, [&](std::string_view name) {
          return name.ends_with(suffix) &&
                 statistics.find(name.substr(0, name.size() - suffix.size()));
        });
    patches += here;
    layers += input.layers.size() - here;
    inputs += here == 0;
  }
  std::string text = std::to_string(inputs) + " inputs of " +
                     std::to_string(layers) + " layers";
  if (patches)
    text += ", " + std::to_string(patches) + " of them with patches";
  return text;
}
