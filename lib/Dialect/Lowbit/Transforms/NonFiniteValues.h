//===- NonFiniteValues.h - NaN and infinities in weights --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_NONFINITEVALUES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_NONFINITEVALUES_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ArrayRef.h"

#include <span>
#include <string>
#include <vector>

namespace lowbit {

/// Starts a diagnostic about a tensor, with its name: an error or a remark.
using TensorDiagnostic =
    llvm::function_ref<mlir::InFlightDiagnostic(mlir::DiagnosticSeverity)>;

/// An error at `loc`, or a remark.
mlir::InFlightDiagnostic startDiagnostic(mlir::Location loc,
                                         mlir::DiagnosticSeverity severity);

/// "[2, 17]": the place of a row-major index; "[]" for rank 0.
std::string getPlaceText(int64_t index, llvm::ArrayRef<int64_t> shape);

/// "NaN at [2, 17]", or "an infinity".
std::string describeNonFinite(float value, int64_t index,
                              llvm::ArrayRef<int64_t> shape);

/// What an option 'nonfinite' says: true for 'zero', false for 'error'. Emits
/// an error at `loc` if it says anything else.
mlir::FailureOr<bool> parseNonFinite(llvm::StringRef option,
                                     mlir::Location loc);

/// Takes NaN and infinities for 0, slice by slice, and says so at the end.
class NonFiniteValues {
public:
  /// `values`, or what is left of them in `storage`, which may be the same.
  std::span<const float> replace(std::span<const float> values, int64_t first,
                                 std::vector<float> &storage);
  bool isEmpty() const { return count == 0; }
  /// The first that there was, which is not none.
  std::string describeFirst(llvm::ArrayRef<int64_t> shape) const {
    return describeNonFinite(firstValue, firstIndex, shape);
  }
  /// A remark, if there was any.
  void report(TensorDiagnostic emit, llvm::ArrayRef<int64_t> shape) const;

private:
  int64_t count = 0;
  int64_t firstIndex = 0;
  float firstValue = 0;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_NONFINITEVALUES_H
