//===- DType.h - Element types of stored tensors ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_DTYPE_H
#define LOWBIT_WEIGHTS_DTYPE_H

#include "lowbit/Weights/Result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lowbit::weights {

/// The element types of the safetensors format, under its names. All are
/// stored little endian.
enum class DType : uint8_t {
  BOOL,
  F4,
  F6_E2M3,
  F6_E3M2,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  F8_E8M0,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64,
};

/// The name of the type in a safetensors header, e.g. "BF16".
std::string_view name(DType dtype);

/// The type of that name; nothing if the format has no such type.
std::optional<DType> parseDType(std::string_view name);

/// Bits of one element: 4 and 6 for the packed floats, else a multiple of 8.
unsigned bitWidth(DType dtype);

/// Bytes of a dense tensor. Fails (with a reason that names neither file nor
/// tensor) on a negative dimension, on a size that does not fit 63 bits even if
/// another dimension is 0, and on a total of bits that is not whole bytes.
Result<uint64_t> storageSize(DType dtype, std::span<const int64_t> shape);

/// "2x3", or "scalar" for rank 0.
std::string shapeText(std::span<const int64_t> shape);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_DTYPE_H
