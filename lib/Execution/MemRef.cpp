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
  const auto *aligned = reinterpret_cast<const std::byte *>(words[1]);
  copyDim(0, aligned + words[2] * elementSize, out, elementSize);
}

void MemRef::copyDim(int64_t dim, const std::byte *from, std::byte *&out,
                     size_t elementSize) const {
  if (dim == rank) {
    std::memcpy(out, from, elementSize);
    out += elementSize;
    return;
  }
  int64_t size = words[3 + dim], stride = words[3 + rank + dim];
  if (dim == rank - 1 && stride == 1) {
    std::memcpy(out, from, size * elementSize);
    out += size * elementSize;
    return;
  }
  for (int64_t i = 0; i < size; ++i)
    copyDim(dim + 1, from + i * stride * elementSize, out, elementSize);
}

void lowbit::copyMemRef(int64_t elementSize, const UnrankedMemRef *from,
                        const UnrankedMemRef *to) {
  int64_t rank = from->rank;
  const int64_t *sizes = from->words + 3;
  if (std::any_of(sizes, sizes + rank, [](int64_t size) { return size == 0; }))
    return;
  auto elements = [](const UnrankedMemRef *memref) {
    return reinterpret_cast<std::byte *>(memref->words[1]);
  };
  // Counts through all indices; the last dimension runs fastest.
  std::vector<int64_t> index(rank, 0);
  while (true) {
    int64_t source = from->words[2], target = to->words[2];
    for (int64_t dim = 0; dim < rank; ++dim) {
      source += index[dim] * from->words[3 + rank + dim];
      target += index[dim] * to->words[3 + rank + dim];
    }
    std::memcpy(elements(to) + target * elementSize,
                elements(from) + source * elementSize, elementSize);
    int64_t dim = rank - 1;
    while (dim >= 0 && ++index[dim] == sizes[dim])
      index[dim--] = 0;
    if (dim < 0)
      return;
  }
}
