//===- WeightValues.h - What layers read of their weights -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_WEIGHTVALUES_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_WEIGHTVALUES_H

#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Weights/WeightsFile.h"
#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <span>
#include <vector>

namespace lowbit {

/// The values of weights, stored in a file or in constants of the IR; those
/// that are encoded are decoded.
class WeightValues {
public:
  /// Opens the file of the weights of `module`, which has to outlive this; no
  /// path is needed if none are external.
  static mlir::FailureOr<WeightValues> open(mlir::ModuleOp module,
                                            llvm::StringRef path);
  WeightValues(WeightValues &&other);
  ~WeightValues();

  /// The weight of `layer`, row-major. Emits an error at the layer if it has no
  /// value or not that which the file stores.
  mlir::FailureOr<std::vector<float>>
  read(const Layer &layer, numerics::ThreadCount threads = {}) const;

  /// The file, or null if no weight is external.
  const weights::WeightsFile *getFile() const;

  /// Where the weight of `layer` is stored, for messages.
  std::string describe(const Layer &layer) const;

  /// Bytes of the stored parts of the layer's weight, or of its numbers.
  mlir::FailureOr<int64_t> getBytes(const Layer &layer) const;

  /// The weight where the file has it as the layer reads it, aligned to its
  /// elements; else nothing. Lives as long as this.
  std::span<const std::byte> findInFile(const Layer &layer) const;

private:
  struct Impl;
  explicit WeightValues(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// `values` as a tensor of `elementType`, f32, f16 or bf16, holds them.
std::vector<std::byte> toStoredReals(std::span<const float> values,
                                     mlir::Type elementType);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_WEIGHTVALUES_H
