//===- LayerMatrices.h - Weights as what layers sum over --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERMATRICES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERMATRICES_H

#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Numerics/Quantize/WeightMatrices.h"

namespace lowbit {

/// The matrices of a weight of `shape`: their inputs are all that an output of
/// `layer` sums over.
numerics::Result<numerics::WeightMatrices>
getLayerMatrices(const Layer &layer, llvm::ArrayRef<int64_t> shape);

/// What is known of each input of the matrices, from statistics of `channels`
/// channels, or of all inputs of a patch.
numerics::ChannelStatistics
getStatisticsOfInputs(const numerics::WeightMatrices &matrices,
                      const numerics::ChannelStatistics &statistics,
                      int64_t channels);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERMATRICES_H
