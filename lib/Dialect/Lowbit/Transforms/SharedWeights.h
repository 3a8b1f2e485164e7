//===- SharedWeights.h - Layers that read the same weight -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SHAREDWEIGHTS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SHAREDWEIGHTS_H

#include "Assignment.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"

#include <vector>

namespace lowbit {

/// How a layer's weight is encoded, and which it is. Equal for layers of one
/// function that can share the stored parts. Its order means nothing.
using SharedWeightKey = std::vector<const void *>;

/// The weight that `layer` reads, by itself: the global that is loaded or the
/// constant, where nothing is computed from it first; else the value.
SharedWeightKey getWeightSource(const Layer &layer);

/// The same with an encoding, a range and a method, which may be null.
SharedWeightKey getSharedWeight(const Layer &layer, EncodingAttr encoding,
                                mlir::Attribute range, MethodAttr method);

/// Whether `method`, or null, looks at inputs that `layer` has none of, as a
/// gather: another layer has to have them.
bool needsInputsOfOthers(const Layer &layer, MethodAttr method);

/// Layers that read the same weight in the same encoding along the same axis
/// store it once: one without inputs takes the method of another, which asks
/// for some. A remark where it cannot, and the weight is stored several times.
void shareWeights(llvm::ArrayRef<Layer> layers,
                  llvm::MutableArrayRef<Assignment> assignments);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SHAREDWEIGHTS_H
