//===- WeightsFile.h - One weights file or a sharded set --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_WEIGHTSFILE_H
#define LOWBIT_WEIGHTS_WEIGHTSFILE_H

#include "lowbit/Weights/Safetensors.h"

namespace lowbit::weights {

/// The weights of a model: a `.safetensors` file, or the shards that a
/// `.safetensors.index.json` file lists ("weight_map": tensor to file name).
class WeightsFile {
public:
  /// Opens `path`; a name ending in `.json` is an index, anything else a
  /// safetensors file. Of a set, every shard is mapped and checked now (no data
  /// is read), so a missing shard is found before any work is done. Shards are
  /// plain file names beside the index; a name with a directory is refused.
  static Result<WeightsFile> open(const std::string &path);

  const std::string &path() const { return filePath; }

  /// All tensors: shards in the order of their file names, in each the order of
  /// the data. In a set the index decides: a tensor that it does not list, or
  /// lists for another shard, is not seen. Pointers live as long as this.
  const std::vector<const TensorView *> &tensors() const { return views; }

  /// The tensor of that name, or null. Logarithmic.
  const TensorView *find(std::string_view name) const;

  /// Metadata of the shards together; where they disagree on a key the first
  /// shard's value stands, but a disagreement on a `lowbit.` key (it says what
  /// the bytes mean) makes `open` fail.
  const Metadata &metadata() const { return meta; }

  /// The files, sorted by name. One if `path` is no index.
  const std::vector<SafetensorsFile> &shards() const { return files; }

  /// Whether a file written to `output` would replace this one, or a shard.
  bool isReplacedBy(const std::string &output) const;

  /// See MappedFile. The view must be one of this set's.
  void release(const TensorView &view) const;

private:
  WeightsFile() = default;
  static Result<WeightsFile> openIndex(const std::string &path);
  Status mergeMetadata(const SafetensorsFile &shard);

  std::string filePath;
  std::vector<SafetensorsFile> files;
  std::vector<const TensorView *> views;
  std::map<std::string_view, std::pair<const TensorView *, size_t>> byName;
  Metadata meta;
};

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_WEIGHTSFILE_H
