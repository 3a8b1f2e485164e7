//===- MemRef.cpp - Memref descriptors as the calling convention has them -===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemRef.h"

#include <algorithm>
#include <cstring>

using namespace lowbit;

MemRef::MemRef(void *data, llvm::ArrayRef<int64_t> shape)
    : rank(shape.size()), words(getNumWords(shape.size())) {
  words[0] = words[1] = reinterpret_cast<int64_t>(data);
  int64_t stride = 1;
  for (int64_t i = rank - 1; i >= 0; --i) {
    words[3 + i] = shape[i];
    words[3 + rank + i] = stride;
    stride *= shape[i];
  }
}

MemRef MemRef::read(const int64_t *&from, int64_t rank) {
  MemRef result;
  result.rank = rank;
  result.words.assign(from, from + getNumWords(rank));
  from += getNumWords(rank);
  return result;
}

void MemRef::copyTo(std::byte *out, size_t elementSize) const {
  copyDim(0, getFirst(elementSize), out, elementSize);
}

void MemRef::copyDim(int64_t dim, const std::byte *from, std::byte *&out,
                     size_t elementSize) const {
  if (dim == rank) {
    std::memcpy(out, from, elementSize);
    out += elementSize;
    return;
  }
  int64_t size = getSize(dim), stride = getStride(dim);
  // An empty tensor may have no memory at all.
  if (size == 0)
    return;
  if (dim == rank - 1 && stride == 1) {
    std::memcpy(out, from, size * elementSize);
    out += size * elementSize;
    return;
  }
  for (int64_t i = 0; i < size; ++i)
    copyDim(dim + 1, from + i * stride * elementSize, out, elementSize);
}
