//===- ModelReport.h - The report that quant-opt wrote ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_MODELREPORT_H
#define LOWBIT_TOOLS_QUANT_RUN_MODELREPORT_H

#include "Comparison.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace lowbit {

/// A JSON report of lowbit-quantize. It knows sizes and errors of the layers;
/// what the model as a whole gives is known only here.
class ModelReport {
public:
  /// Reads `path`, and checks that it can be written too.
  static llvm::Expected<ModelReport> open(const std::string &path);

  /// Sets `output` of the object `total` to the comparisons, one object for
  /// each result, and writes the file: beside the old one, then in its place.
  llvm::Error addOutput(llvm::ArrayRef<Comparison> comparisons);

private:
  ModelReport(std::string path, llvm::json::Value json)
      : path(std::move(path)), json(std::move(json)) {}

  std::string path;
  llvm::json::Value json;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_MODELREPORT_H
