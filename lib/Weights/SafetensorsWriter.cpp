//===- SafetensorsWriter.cpp - Streaming safetensors files ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/SafetensorsWriter.h"
#include "SafetensorsHeader.h"
#include "Utf8.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

using namespace lowbit::weights;

/// The alignment of the data, and the most that order aims for: a cache line,
/// which is also the widest vector.
static constexpr uint64_t dataAlignment = 64;

/// The largest power of two, up to dataAlignment, that divides `size`.
static uint64_t alignmentOf(uint64_t size) {
  return size == 0
             ? dataAlignment
             : std::min(dataAlignment, uint64_t(1) << std::countr_zero(size));
}

/// Checks the strings that go into the header.
static Status checkStrings(const std::string &path,
                           const std::vector<TensorDecl> &decls,
                           const Metadata &metadata) {
  for (const TensorDecl &decl : decls) {
    if (!isUtf8(decl.name))
      return tensorError(path, decl.name,
                         "the name is not UTF-8; rename the tensor");
    if (decl.name == metadataKey)
      return tensorError(path, decl.name,
                         "the format keeps this name for metadata; rename the "
                         "tensor");
  }
  for (const auto &[key, value] : metadata)
    if (!isUtf8(key) || !isUtf8(value))
      return fileError(path, "the metadata " + inQuotes(key) +
                                 " is not UTF-8; store text only");
  return {};
}

Result<SafetensorsWriter>
SafetensorsWriter::create(const std::string &path,
                          std::vector<TensorDecl> tensors, Metadata metadata,
                          Options options) {
  if (Status status = checkStrings(path, tensors, metadata); !status)
    return status.takeError();

  // Sizes, and the indices by name and by place.
  std::vector<HeaderEntry> entries;
  entries.reserve(tensors.size());
  std::vector<uint64_t> sizes;
  for (const TensorDecl &decl : tensors) {
    Result<uint64_t> size = storageSize(decl.dtype, decl.shape);
    if (!size)
      return tensorError(path, decl.name, size.message() + "; mend the shape");
    sizes.push_back(*size);
    entries.push_back({decl.name, decl.dtype, decl.shape});
  }
  std::vector<uint32_t> byName(tensors.size());
  std::iota(byName.begin(), byName.end(), 0);
  std::vector<uint32_t> byPlace = byName;
  auto nameOf = [&](uint32_t i) -> const std::string & {
    return tensors[i].name;
  };
  std::ranges::sort(byName, {}, nameOf);
  auto twice = std::ranges::adjacent_find(byName, {}, nameOf);
  if (twice != byName.end())
    return tensorError(path, nameOf(*twice),
                       "is declared twice; rename one of the two");
  // Descending alignment, then as declared.
  std::ranges::sort(byPlace, {}, [&](uint32_t i) {
    return std::pair(dataAlignment - alignmentOf(sizes[i]), i);
  });

  uint64_t dataSize = 0;
  constexpr uint64_t limit =
      std::numeric_limits<int64_t>::max() - 2 * SafetensorsFile::maxHeaderSize;
  for (uint32_t i : byPlace) {
    if (sizes[i] > limit - dataSize)
      return tensorError(path, nameOf(i),
                         "the file would be too large for any disk; split the "
                         "tensors over several files");
    entries[i].begin = dataSize;
    entries[i].end = dataSize += sizes[i];
  }

  std::string text = printHeader(entries, metadata);
  text.resize(
      (text.size() + 8 + dataAlignment - 1) / dataAlignment * dataAlignment - 8,
      ' ');
  if (text.size() > SafetensorsFile::maxHeaderSize)
    return fileError(path, "the header would be over the format's limit of "
                           "100 MB; split the tensors over several files");

  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  SafetensorsWriter writer(std::move(*file), std::move(tensors));
  uint64_t length = text.size();
  uint64_t dataBegin = sizeof(length) + length;
  if (options.reserve)
    if (Status status = writer.file.reserve(dataBegin + dataSize); !status)
      return status.takeError();
  if (Status status =
          writer.file.write(0, std::as_bytes(std::span(&length, 1)));
      !status)
    return status.takeError();
  if (Status status =
          writer.file.write(sizeof(length), std::as_bytes(std::span(text)));
      !status)
    return status.takeError();
  for (const HeaderEntry &entry : entries)
    writer.extents.push_back(
        {dataBegin + entry.begin, entry.end - entry.begin, 0});
  writer.byName = std::move(byName);
  return writer;
}

Status SafetensorsWriter::append(std::string_view name,
                                 std::span<const std::byte> data) {
  auto nameOf = [&](uint32_t i) -> std::string_view { return decls[i].name; };
  auto it = std::ranges::lower_bound(byName, name, {}, nameOf);
  if (it == byName.end() || nameOf(*it) != name)
    return tensorError(file.path(), name,
                       "was not declared; declare every tensor first");
  return append(*it, data);
}

Status SafetensorsWriter::append(size_t declared,
                                 std::span<const std::byte> data) {
  if (declared >= extents.size())
    return fileError(file.path(), "tensor number " + std::to_string(declared) +
                                      " was not declared; declare every "
                                      "tensor first");
  Extent &extent = extents[declared];
  if (data.size() > extent.size - extent.written)
    return tensorError(file.path(), decls[declared].name,
                       std::to_string(extent.written + data.size()) +
                           " bytes are more than the " +
                           std::to_string(extent.size) +
                           " declared; mend the declared shape");
  if (Status status = file.write(extent.begin + extent.written, data); !status)
    return tensorError(file.path(), decls[declared].name,
                       status.message().substr(file.path().size() + 2));
  extent.written += data.size();
  return {};
}

Status SafetensorsWriter::commit() {
  for (size_t i = 0; i < extents.size(); ++i)
    if (extents[i].written != extents[i].size)
      return tensorError(file.path(), decls[i].name,
                         "only " + std::to_string(extents[i].written) + " of " +
                             std::to_string(extents[i].size) +
                             " bytes were written; write it all before the "
                             "file is committed");
  return file.commit();
}
