//===- Float.h - Codes that are small floats --------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_FLOAT_H
#define LOWBIT_NUMERICS_CODEC_FLOAT_H

#include "lowbit/Numerics/Codec/Table.h"

namespace lowbit::numerics {

/// The types of the OCP MX specification and of IEEE 754, named as in LLVM.
/// Codes are the bit patterns.
enum class FloatKind {
  F8E4M3FN,
  F8E5M2,
  F6E2M3FN,
  F6E3M2FN,
  F4E2M1FN,
  F16,
  BF16,
  F32,
};

/// "f8E4M3FN" and so on; "f16", "bf16", "f32".
std::string_view floatKindName(FloatKind kind);

/// The codec of a float type. Values round to nearest even and saturate at the
/// largest finite number; a result of zero is +0. Types of at most 8 bits are
/// tables and treat NaN as tables do; the others keep it.
CodecRef getFloatCodec(FloatKind kind);

/// The same for a type of at most 8 bits.
TableCodecRef getSmallFloatCodec(FloatKind kind);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_FLOAT_H
