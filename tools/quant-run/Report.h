//===- Report.h - What quant-run prints -------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_REPORT_H
#define LOWBIT_TOOLS_QUANT_RUN_REPORT_H

#include "Comparison.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace lowbit {

/// Times of runs, and results against expected ones.
class Report {
public:
  /// Of each run, in order.
  std::vector<double> milliseconds;

  /// Compares each expected tensor with the output of its name (the only one
  /// with the only one, whatever their names), and remembers which outputs
  /// have no expected tensor. Fails if an output is missing, or has another
  /// shape or element type. `path` is where the expected tensors come from.
  llvm::Error compare(const weights::TensorMap &outputs,
                      const weights::TensorMap &expected,
                      const std::string &path);

  /// Of all results; NaN if one of them has a NaN that the other side has not.
  double getLargestError() const;

  llvm::ArrayRef<Comparison> getComparisons() const { return comparisons; }

  void print(llvm::raw_ostream &os) const;
  llvm::json::Object toJson() const;

private:
  double getMedian() const;

  std::vector<Comparison> comparisons;
  std::vector<std::string> notCompared;
  std::string expectedPath;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_REPORT_H
