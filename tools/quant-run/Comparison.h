//===- Comparison.h - A result beside the expected one ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_COMPARISON_H
#define LOWBIT_TOOLS_QUANT_RUN_COMPARISON_H

#include "lowbit/Weights/HostTensor.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>

namespace lowbit {

/// How far a tensor is from the expected one. Elements are compared in their
/// own type: integers exactly, others in f64. Equal elements have no error,
/// infinities and NaN on both sides too; these are not part of cosine and SQNR.
/// A NaN on one side only makes all three measures NaN.
struct Comparison {
  std::string name;
  /// Of the angle between the two as vectors: 1 if both are zero, 0 if one is.
  double cosine = 1;
  /// 10 log10(sum expected^2 / sum error^2); infinite for no error.
  double sqnrDb = 0;
  /// Largest |actual - expected|.
  double maxError = 0;
  /// All elements are equal.
  bool exact = true;
  /// Elements that are NaN in the result only, in the expected tensor only, and
  /// in both.
  int64_t nanInActual = 0, nanInExpected = 0, nanInBoth = 0;

  /// One line, for people.
  std::string toText() const;

  /// name, cosine, sqnr_db, max_error, exact, and how many elements are NaN on
  /// one side (nan) and on both (nan_both). JSON has no infinity and no NaN:
  /// such measures are null.
  llvm::json::Object toJson() const;
};

/// Compares two tensors of the same shape and element type; nothing for types
/// that are not compared.
std::optional<Comparison> compareTensors(std::string name,
                                         const weights::HostTensor &expected,
                                         const weights::HostTensor &actual);

/// `value` by `format`, a printf conversion of one double; "nan" for NaN of
/// either sign.
std::string formatNumber(const char *format, double value);

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_COMPARISON_H
