//===- AttentionArray.h - Numbers for kernels of attention ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONARRAY_H
#define LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONARRAY_H

#include "lowbit/Kernels/NVVM/Attention.h"
#include "llvm/ADT/APFloat.h"

#include <new>
#include <random>
#include <vector>

namespace lowbit::test {

const llvm::fltSemantics &getSemantics(nvvm::Half half);
const llvm::fltSemantics &getSemantics(nvvm::MaskType mask);
const llvm::fltSemantics &getSemantics(nvvm::ScaleType scale);

/// Memory that begins where a GPU's does, so that it has whole sectors.
template <typename T>
struct DeviceAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{256};

  DeviceAllocator() = default;
  template <typename Other>
  DeviceAllocator(const DeviceAllocator<Other> &) {}
  T *allocate(size_t count) {
    return static_cast<T *>(::operator new(count * sizeof(T), alignment));
  }
  void deallocate(T *memory, size_t) { ::operator delete(memory, alignment); }
  bool operator==(const DeviceAllocator &) const = default;
};
using Bytes = std::vector<uint8_t, DeviceAllocator<uint8_t>>;

/// Numbers as they lie in memory and as they are.
struct Array {
  Bytes bytes;
  std::vector<double> values;
  int64_t elementBytes = 2;

  /// Every element from `draw`.
  void fill(int64_t size, const llvm::fltSemantics &semantics,
            llvm::function_ref<double()> draw);

  /// Rows of all codes of numbers up to `limit`, with a scale for each row or
  /// one for all, so that the largest number is about 1.
  void fillCodes(int64_t rows, int64_t size, const nvvm::MatrixStorage &storage,
                 double limit, Array &scales, bool oneScale,
                 std::mt19937_64 &random);
};

} // namespace lowbit::test

#endif // LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONARRAY_H
