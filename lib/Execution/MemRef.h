//===- MemRef.h - Memref descriptors as the calling convention has them ---===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_MEMREF_H
#define LOWBIT_EXECUTION_MEMREF_H

#include "mlir/IR/BuiltinTypes.h"

#include <cstdint>
#include <vector>

namespace lowbit {

/// A memref descriptor of any rank: allocated pointer, aligned pointer, offset,
/// sizes, strides, each of eight bytes.
class MemRef {
public:
  /// Of a dense row-major tensor at `data`.
  MemRef(void *data, llvm::ArrayRef<int64_t> shape);

  /// Takes the next descriptor of `rank` from `words` and advances it.
  static MemRef read(const int64_t *&words, int64_t rank);

  /// Number of words of a descriptor.
  static size_t getNumWords(int64_t rank) { return 3 + 2 * rank; }

  void *getDescriptor() { return words.data(); }
  void *getAllocated() const { return reinterpret_cast<void *>(words[0]); }
  llvm::ArrayRef<int64_t> getShape() const {
    return llvm::ArrayRef(words).slice(3, rank);
  }

  /// Copies the elements, of `elementSize` bytes each, row-major to `out`.
  void copyTo(std::byte *out, size_t elementSize) const;

private:
  MemRef() = default;
  void copyDim(int64_t dim, const std::byte *from, std::byte *&out,
               size_t elementSize) const;

  std::byte *getFirst(size_t elementSize) const {
    return reinterpret_cast<std::byte *>(words[1]) + words[2] * elementSize;
  }
  int64_t getSize(int64_t dim) const { return words[3 + dim]; }
  int64_t getStride(int64_t dim) const { return words[3 + rank + dim]; }

  int64_t rank = 0;
  std::vector<int64_t> words;
};

} // namespace lowbit

#endif // LOWBIT_EXECUTION_MEMREF_H
