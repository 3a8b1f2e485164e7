//===- Offsets.h - Blocks whose levels are moved ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_OFFSETS_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_OFFSETS_H

#include <cstddef>

namespace lowbit::numerics {

/// out[j] = x[j] - offsets[j / block]: what a codec encodes.
void subtractOffsets(const float *x, size_t n, size_t block,
                     const float *offsets, float *out);

/// values[j] += offsets[j / block]: what becomes of what a codec decodes.
void addOffsets(float *values, size_t n, size_t block, const float *offsets);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_OFFSETS_H
