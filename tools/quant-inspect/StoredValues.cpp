//===- StoredValues.cpp - Any stored element as a number ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredValues.h"

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/FloatTypes.h"

#include <cmath>
#include <cstring>

using namespace lowbit;
using weights::DType;

bool lowbit::hasRealElements(DType dtype) { return dtype != DType::C64; }

template <typename T>
static T load(const weights::TensorView &tensor, int64_t i) {
  T value;
  std::memcpy(&value, tensor.data + i * sizeof(T), sizeof(T));
  return value;
}

/// A float of `bits` bits, at most 8, by the codec of that name.
static double loadFloat(const weights::TensorView &tensor, int64_t i,
                        unsigned bits, std::string_view codec) {
  uint64_t first = uint64_t(i) * bits;
  unsigned value = load<uint8_t>(tensor, first / 8);
  if (first % 8 + bits > 8)
    value |= load<uint8_t>(tensor, first / 8 + 1) << 8;
  unsigned code = value >> first % 8 & ((1u << bits) - 1);
  return numerics::getNamedCodec(codec)->decode(code);
}

double lowbit::storedValue(const weights::TensorView &tensor, int64_t i) {
  switch (tensor.dtype) {
  case DType::BOOL:
  case DType::U8:
    return load<uint8_t>(tensor, i);
  case DType::I8:
    return load<int8_t>(tensor, i);
  case DType::I16:
    return load<int16_t>(tensor, i);
  case DType::U16:
    return load<uint16_t>(tensor, i);
  case DType::I32:
    return load<int32_t>(tensor, i);
  case DType::U32:
    return load<uint32_t>(tensor, i);
  case DType::I64:
    return double(load<int64_t>(tensor, i));
  case DType::U64:
    return double(load<uint64_t>(tensor, i));
  case DType::F16:
    return numerics::f32FromF16(load<uint16_t>(tensor, i));
  case DType::BF16:
    return numerics::f32FromBF16(load<uint16_t>(tensor, i));
  case DType::F32:
    return load<float>(tensor, i);
  case DType::F64:
    return load<double>(tensor, i);
  case DType::F4:
    return loadFloat(tensor, i, 4, "f4E2M1FN");
  case DType::F6_E2M3:
    return loadFloat(tensor, i, 6, "f6E2M3FN");
  case DType::F6_E3M2:
    return loadFloat(tensor, i, 6, "f6E3M2FN");
  case DType::F8_E5M2:
    return loadFloat(tensor, i, 8, "f8E5M2");
  case DType::F8_E4M3:
    return loadFloat(tensor, i, 8, "f8E4M3FN");
  case DType::F8_E8M0: {
    // 255 is NaN (OCP MX).
    int exponent = load<uint8_t>(tensor, i);
    return exponent == 255 ? std::nan("") : std::ldexp(1.0, exponent - 127);
  }
  case DType::C64:
    break;
  }
  return std::nan("");
}
