//===- StoredValues.h - Any stored element as a number ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_INSPECT_STOREDVALUES_H
#define LOWBIT_TOOLS_QUANT_INSPECT_STOREDVALUES_H

#include "lowbit/Weights/Safetensors.h"

#include <optional>

namespace lowbit {

/// Whether elements of this type are real numbers: all but complex ones.
bool hasRealElements(weights::DType dtype);

/// Element number `i`, row-major, of a tensor of such elements. Floats of 4 and
/// 6 bits lie one behind the other, the first in the lowest bits. Integers of
/// 64 bits are rounded.
double storedValue(const weights::TensorView &tensor, int64_t i);

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_INSPECT_STOREDVALUES_H
