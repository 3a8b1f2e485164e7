//===- StoredReals.cpp - Real numbers of weights files --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <cassert>
#include <cstring>

using namespace lowbit;
using weights::DType;

bool StoredReals::isReal(DType dtype) {
  return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

std::span<const float> StoredReals::read(int64_t first, int64_t count,
                                         std::vector<float> &storage) const {
  const std::byte *begin = bytes.data() + first * (bitWidth(dtype) / 8);
  if (dtype == DType::F32 &&
      reinterpret_cast<uintptr_t>(begin) % alignof(float) == 0)
    return {reinterpret_cast<const float *>(begin), size_t(count)};

  storage.resize(count);
  // A small piece at a time goes through an aligned buffer: files may place
  // tensors at any address.
  constexpr int64_t kPiece = 4096;
  alignas(64) std::byte piece[kPiece * sizeof(float)];
  for (int64_t i = 0; i < count; i += kPiece) {
    int64_t n = std::min(kPiece, count - i);
    std::memcpy(piece, begin + i * (bitWidth(dtype) / 8),
                n * (bitWidth(dtype) / 8));
    switch (dtype) {
    case DType::F16:
      numerics::f32FromF16(reinterpret_cast<const uint16_t *>(piece), n,
                           &storage[i]);
      break;
    case DType::BF16:
      numerics::f32FromBF16(reinterpret_cast<const uint16_t *>(piece), n,
                            &storage[i]);
      break;
    default:
      assert(dtype == DType::F32 && "reals are floats");
      std::memcpy(&storage[i], piece, n * sizeof(float));
    }
  }
  return storage;
}
