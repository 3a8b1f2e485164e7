//===- HostTensor.h - Tensors in memory -------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_HOSTTENSOR_H
#define LOWBIT_WEIGHTS_HOSTTENSOR_H

#include "lowbit/Weights/DType.h"

#include <cassert>
#include <cstddef>
#include <map>
#include <vector>

namespace lowbit::weights {

/// A dense row-major tensor that owns its bytes.
struct HostTensor {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  /// storageSize(dtype, shape) bytes, little endian.
  std::vector<std::byte> bytes;

  /// The elements as T, which must have the size of an element.
  template <typename T>
  std::span<const T> as() const {
    assert(sizeof(T) * 8 == bitWidth(dtype) && "wrong element size");
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }
  template <typename T>
  std::span<T> as() {
    assert(sizeof(T) * 8 == bitWidth(dtype) && "wrong element size");
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }

  bool operator==(const HostTensor &) const = default;
};

/// Tensors by name, kept in the order in which they were added: a program's
/// inputs are listed in the order of its arguments.
class TensorMap {
public:
  struct Entry {
    std::string name;
    HostTensor tensor;
    bool operator==(const Entry &) const = default;
  };

  /// Adds a tensor at the end; false, and no change, if the name is taken.
  bool add(std::string name, HostTensor tensor) {
    if (!byName.emplace(name, entries.size()).second)
      return false;
    entries.push_back({std::move(name), std::move(tensor)});
    return true;
  }

  const HostTensor *find(std::string_view name) const {
    auto it = byName.find(name);
    return it == byName.end() ? nullptr : &entries[it->second].tensor;
  }

  /// The tensors without a copy; what stays behind is to be thrown away.
  std::vector<Entry> take() && { return std::move(entries); }

  size_t size() const { return entries.size(); }
  bool empty() const { return entries.empty(); }
  const Entry &operator[](size_t index) const { return entries[index]; }
  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }

  bool operator==(const TensorMap &other) const {
    return entries == other.entries;
  }

private:
  std::vector<Entry> entries;
  std::map<std::string, size_t, std::less<>> byName;
};

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_HOSTTENSOR_H
