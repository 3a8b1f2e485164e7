//===- SafetensorsWriter.h - Streaming safetensors files --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_SAFETENSORSWRITER_H
#define LOWBIT_WEIGHTS_SAFETENSORSWRITER_H

#include "lowbit/Weights/OutputFile.h"
#include "lowbit/Weights/Safetensors.h"

namespace lowbit::weights {

/// A tensor that will be written.
struct TensorDecl {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
};

/// Writes a safetensors file of which only the shapes are known at the start.
/// The header goes out first; data then comes tensor by tensor, in chunks of
/// any size, in any order of tensors, and is kept nowhere.
///
/// The bytes depend on the declarations, the metadata and the data alone: keys
/// stand in declared order, metadata sorted, and the header is padded with
/// spaces so that the data starts at a multiple of 64. The format allows no
/// holes, so alignment comes from order: data is placed by descending power of
/// two that divides the tensor's size (at most 64), then as declared. Each
/// tensor so starts at a multiple of that power, hence of its element size; one
/// whose size is a multiple of 64 starts at a multiple of 64, in the file and
/// in a mapping of it.
class SafetensorsWriter {
public:
  struct Options {
    /// Allocate the whole file on the disk at once; see OutputFile::reserve.
    bool reserve = true;
  };

  /// Declares all tensors. Fails on a duplicate or unusable name (not UTF-8, or
  /// `__metadata__`), on a shape that has no size, on metadata that is not
  /// UTF-8, and where the file cannot be created or does not fit the disk.
  static Result<SafetensorsWriter> create(const std::string &path,
                                          std::vector<TensorDecl> tensors,
                                          Metadata metadata, Options options);
  static Result<SafetensorsWriter> create(const std::string &path,
                                          std::vector<TensorDecl> tensors,
                                          Metadata metadata = {}) {
    return create(path, std::move(tensors), std::move(metadata), Options());
  }

  SafetensorsWriter(SafetensorsWriter &&) noexcept = default;
  SafetensorsWriter &operator=(SafetensorsWriter &&) noexcept = default;
  /// Removes what was written, unless it was committed.
  ~SafetensorsWriter() = default;

  /// The declarations, in declared order.
  const std::vector<TensorDecl> &tensors() const { return decls; }

  /// Appends to the data of the tensor (a declared name, or its place in the
  /// declarations). Fails if there is no such tensor, on more bytes than
  /// declared, and when the disk is full. Different tensors may be appended to
  /// from different threads.
  Status append(std::string_view name, std::span<const std::byte> data);
  Status append(size_t declared, std::span<const std::byte> data);

  /// Puts the file in place. Fails if a tensor lacks data.
  Status commit();

private:
  struct Extent {
    uint64_t begin; // in the file
    uint64_t size;
    uint64_t written;
  };

  SafetensorsWriter(OutputFile file, std::vector<TensorDecl> decls)
      : file(std::move(file)), decls(std::move(decls)) {}

  OutputFile file;
  std::vector<TensorDecl> decls;
  std::vector<Extent> extents;  // one per declaration
  std::vector<uint32_t> byName; // indices into `decls`, sorted by name
};

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_SAFETENSORSWRITER_H
