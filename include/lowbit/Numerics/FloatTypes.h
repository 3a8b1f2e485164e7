//===- FloatTypes.h - The 16-bit float types --------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_FLOATTYPES_H
#define LOWBIT_NUMERICS_FLOATTYPES_H

#include <cstddef>
#include <cstdint>

namespace lowbit::numerics {

/// IEEE binary16 and bfloat16 as their bit patterns. To narrower types the
/// conversions round to nearest even, keep denormals, overflow to infinity and
/// keep a NaN a (quiet) NaN; to f32 they are exact. They give the same bits on
/// every machine, with or without F16C.
uint16_t f16FromF32(float value);
float f32FromF16(uint16_t bits);
uint16_t bf16FromF32(float value);
float f32FromBF16(uint16_t bits);

/// The same for `n` elements. Source and destination do not overlap.
void f16FromF32(const float *in, size_t n, uint16_t *out);
void f32FromF16(const uint16_t *in, size_t n, float *out);
void bf16FromF32(const float *in, size_t n, uint16_t *out);
void f32FromBF16(const uint16_t *in, size_t n, float *out);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_FLOATTYPES_H
