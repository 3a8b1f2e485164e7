//===- Safetensors.h - Reading safetensors files ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The format (https://huggingface.co/docs/safetensors): 8 bytes of header
// length N, N bytes of JSON {name: {dtype, shape, data_offsets: [begin, end]}},
// then the data, which the tensors cover without holes or overlap.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_SAFETENSORS_H
#define LOWBIT_WEIGHTS_SAFETENSORS_H

#include "lowbit/Weights/DType.h"
#include "lowbit/Weights/MappedFile.h"
#include "lowbit/Weights/Result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lowbit::weights {

/// One tensor of an open file. The bytes live as long as the file object.
struct TensorView {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  /// Row-major elements, little endian. Files written elsewhere may place them
  /// at any address: read wider types with memcpy unless you checked.
  const std::byte *data;
  /// Bytes; always storageSize(dtype, shape).
  uint64_t size;

  std::span<const std::byte> bytes() const { return {data, size}; }
};

/// Key to value of a header's `__metadata__`, sorted by key.
using Metadata = std::map<std::string, std::string, std::less<>>;

/// A memory-mapped safetensors file whose whole header has been checked: every
/// view lies inside the file, and the views cover the data exactly.
class SafetensorsFile {
public:
  /// Longest header accepted, as in the reference implementation.
  static constexpr uint64_t maxHeaderSize = 100'000'000;

  /// Maps and checks `path`. Data is not read. The error names the file, the
  /// tensor, and what is wrong with it.
  static Result<SafetensorsFile> open(const std::string &path);

  const std::string &path() const { return file.path(); }

  /// All tensors in the order of their data in the file; tensors without
  /// elements come before others at the same place, in the header's order.
  const std::vector<TensorView> &tensors() const { return views; }

  /// The tensor of that name, or null. Logarithmic.
  const TensorView *find(std::string_view name) const;

  const Metadata &metadata() const { return meta; }

  /// See MappedFile. The view must be one of this file's.
  void release(const TensorView &view) const { file.release(view.bytes()); }

private:
  explicit SafetensorsFile(MappedFile file) : file(std::move(file)) {}

  MappedFile file;
  std::vector<TensorView> views;
  std::vector<uint32_t> byName; // indices into `views`, sorted by name
  Metadata meta;
};

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_SAFETENSORS_H
