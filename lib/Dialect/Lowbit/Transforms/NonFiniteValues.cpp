//===- NonFiniteValues.cpp - NaN and infinities in weights ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NonFiniteValues.h"

#include "lowbit/Numerics/Granularity.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using namespace lowbit;
using namespace mlir;

InFlightDiagnostic lowbit::startDiagnostic(Location loc,
                                           DiagnosticSeverity severity) {
  if (severity == DiagnosticSeverity::Remark)
    return emitRemark(loc);
  return severity == DiagnosticSeverity::Warning ? emitWarning(loc)
                                                 : emitError(loc);
}

std::string lowbit::getPlaceText(int64_t index, ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(numerics::placeOf(index, shape), os);
  os << ']';
  return text;
}

std::string lowbit::describeNonFinite(float value, int64_t index,
                                      ArrayRef<int64_t> shape) {
  return (std::isnan(value) ? "NaN at " : "an infinity at ") +
         getPlaceText(index, shape);
}

FailureOr<bool> lowbit::parseNonFinite(StringRef option, Location loc) {
  if (option != "error" && option != "zero")
    return emitError(loc) << "option 'nonfinite' is 'error' or 'zero', got '"
                          << option << "'";
  return option == "zero";
}

std::span<const float> NonFiniteValues::replace(std::span<const float> values,
                                                int64_t first,
                                                std::vector<float> &storage) {
  auto isFinite = [](float value) { return std::isfinite(value); };
  auto bad = std::find_if_not(values.begin(), values.end(), isFinite);
  if (bad == values.end())
    return values;
  if (count == 0) {
    firstIndex = first + (bad - values.begin());
    firstValue = *bad;
  }
  if (values.data() != storage.data())
    storage.assign(values.begin(), values.end());
  for (float &value : storage)
    if (!isFinite(value)) {
      ++count;
      value = 0;
    }
  return storage;
}

void NonFiniteValues::report(TensorDiagnostic emit,
                             ArrayRef<int64_t> shape) const {
  if (count == 0)
    return;
  emit(DiagnosticSeverity::Remark)
      << "holds " << count
      << (count == 1 ? " value that is not finite and counts"
                     : " values that are not finite and count")
      << " as 0; the first is " << describeFirst(shape);
}
