//===- BiasCorrections.h - Shifts of outputs, taken back --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_BIASCORRECTIONS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_BIASCORRECTIONS_H

#include "LayerStatistics.h"
#include "QuantizeStored.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "llvm/ADT/StringMap.h"

namespace lowbit {

/// The axis of the weight along which outputs lie, where each of them sums over
/// all channels of the input: of a matmul, and of a convolution without groups.
std::optional<int64_t> findOutputAxis(const Layer &layer);

/// The layers with `lowbit.correct_bias`, and what is added to their outputs
/// (numerics::correctBias): of a filter by the means of its patches, or as if
/// each place of the window saw the mean of the whole channel.
class BiasCorrections {
public:
  /// Finds the layers of `module`. Emits an error at one whose weight is not
  /// encoded, or whose outputs do not sum over the same inputs.
  mlir::LogicalResult collect(mlir::ModuleOp module);

  /// Emits an error at a layer whose inputs `statistics`, null where no file is
  /// given, do not know.
  mlir::LogicalResult verify(const LayerStatistics *statistics) const;

  /// quantizeStored, and from its result the corrections of the layers that use
  /// one of `encodes`. `values.steps` are known.
  mlir::LogicalResult
  quantizeStored(llvm::ArrayRef<EncodeOp> encodes, const StoredReals &values,
                 const QuantizePlan &plan, TensorDiagnostic emit,
                 llvm::function_ref<void(int64_t, int64_t)> release,
                 StoredSink sink, const LayerStatistics &statistics);

  /// Adds what was found to the bias that a layer's only user adds, or to its
  /// result. A remark on layers of which nothing was found, as their encode
  /// stays.
  void apply();

private:
  struct Correction {
    Layer layer;
    int64_t outputAxis;
    EncodeOp encode;
    std::vector<float> values = {};
  };

  void apply(const Correction &correction) const;

  std::vector<Correction> corrections;
};

/// What is added to the outputs of layers, by their names.
llvm::StringMap<std::vector<float>> findBiasCorrections(mlir::ModuleOp module);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_BIASCORRECTIONS_H
