//===- Collect.h - Statistics of a model run on samples ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_COLLECT_H
#define LOWBIT_TOOLS_QUANT_RUN_COLLECT_H

#include "Inputs.h"
#include "lowbit/Pipelines/Pipelines.h"

namespace lowbit {

struct CollectOptions {
  /// The file to write.
  std::string path;
  std::vector<InputFile> samples;
  /// What is the same for all samples.
  std::vector<InputFile> inputs;
  /// See Samples.
  int64_t batch = 0;
  /// For the observers that are put into a model without any.
  bool gram = false;
  std::string layers;
  unsigned threads = 1;
};

/// Runs `module`, which is consumed, on all samples and writes what its
/// observers see. A model that has none gets them first.
llvm::Error collect(mlir::ModuleOp module, CompileOptions compile,
                    CollectOptions options);

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_COLLECT_H
