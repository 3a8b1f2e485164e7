//===- WeightMeasurer.h - Size and error of stored weights ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTMEASURER_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTMEASURER_H

#include "QuantizationReport.h"
#include "StoredParts.h"
#include "lowbit/Calibration/Statistics.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"

#include <map>

namespace lowbit {

/// Compares encoded weights with what they were encoded from, a weight at a
/// time, and in pieces where it is dense and in rows.
class WeightMeasurer {
public:
  /// Errors are measured where `before` has a file.
  WeightMeasurer(ExternalWeights before, ExternalWeights after,
                 numerics::ThreadCount threads)
      : before(std::move(before)), after(std::move(after)), threads(threads) {}

  /// The place in `weights` of these parts, which `op` assembles; they are
  /// measured the first time. Emits an error if the parts do not fit `op`, or
  /// the tensor that they were encoded from has another shape.
  mlir::FailureOr<size_t> measure(AssembleOp op, const StoredParts &parts);

  /// What the outputs of `layer`, whose weight has been measured, lose on
  /// inputs with these statistics: of its channels, and where `moments` is not
  /// null of all that an output sums over, with second moments. Nothing where
  /// there is nothing to compare with. The weight is no selection of channels,
  /// whose inputs statistics of all do not describe. `added` is what is added
  /// to the outputs to correct them, empty for nothing; it counts for matrices
  /// whose second moments are known.
  mlir::FailureOr<std::optional<OutputReport>>
  measureOutput(AssembleOp op, const StoredParts &parts, const Layer &layer,
                const calibration::InputStatistics &statistics,
                const calibration::InputStatistics *moments,
                std::span<const float> added);

  /// Those that have been measured, in the order in which they came.
  std::vector<WeightReport> weights;

  const ExternalWeights &getAfter() const { return after; }
  /// The place in `weights` of parts that have been measured.
  std::optional<size_t> find(const StoredParts &parts) const;

private:
  mlir::FailureOr<WeightReport> measureNew(AssembleOp op,
                                           const StoredParts &parts);
  /// What parts were encoded from.
  struct Original {
    const weights::TensorView *tensor;
    /// What was computed from it before.
    RealSteps steps;
  };
  /// The tensor `source` of the file before; nothing if it has none. An error
  /// if these parts cannot have been encoded from it.
  mlir::FailureOr<std::optional<Original>>
  findOriginal(AssembleOp op, const StoredParts &parts,
               llvm::StringRef source) const;

  ExternalWeights before, after;
  numerics::ThreadCount threads;
  std::map<StoredParts::Key, size_t> places;
  unsigned numConstants = 0;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTMEASURER_H
