//===- Module.cpp - lowbit.numerics: the numeric library in Python --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

using namespace lowbit::python;

NB_MODULE(numerics, module) {
  module.doc() =
      "Formats, quantizers, pruning and error measures of Lowbit on NumPy "
      "arrays.\n\nArrays are float32 and row-major; others are converted. "
      "Results are the same for every number of threads (0: one per "
      "processor). What does not fit raises ValueError.";
  addFormats(module);
  addStatistics(module);
  addMetrics(module);
  addQuantize(module);
  addErrorFeedback(module);
  addPruning(module);
  addInputScales(module);
}
