//===- Safetensors.cpp - Reading safetensors files ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Safetensors.h"
#include "SafetensorsHeader.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>

using namespace lowbit::weights;

static constexpr const char *fetchAgain =
    "; the file is damaged, fetch or write it again";

/// What a file of another kind is, and what to do with it, as the end of an
/// error; empty if it is none that is known.
static std::string describeOtherKind(const MappedFile &file) {
  std::string_view bytes(reinterpret_cast<const char *>(file.bytes().data()),
                         file.bytes().size());
  std::string_view store = "; store its tensors in a safetensors file";
  auto isA = [&](std::string_view kind) {
    return "is " + std::string(kind) + std::string(store);
  };
  if (bytes.starts_with("PK\3\4"))
    return isA("a zip archive, as .npz and .pt files are");
  if (bytes.starts_with("\x93NUMPY"))
    return isA("a .npy file");
  if (bytes.starts_with("GGUF"))
    return isA("a GGUF file");
  if (file.path().ends_with(".onnx"))
    return "is a .onnx file; python -m lowbit.importer writes its weights to a "
           "safetensors file";
  return {};
}

/// Splits the file into the text of its header and its data.
static Status split(const MappedFile &file, std::string_view &text,
                    std::span<const std::byte> &data) {
  std::span<const std::byte> bytes = file.bytes();
  if (bytes.empty())
    return fileError(file.path(), "is empty; fetch or write it again");
  uint64_t length;
  if (bytes.size() < sizeof(length))
    return fileError(file.path(),
                     "is shorter than the 8 bytes of a header's length; it is "
                     "truncated or is not a safetensors file");
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length == 0)
    return fileError(file.path(), "the header's length is 0; the file is "
                                  "damaged or is not a safetensors file");
  std::string what = "the header's length of " + std::to_string(length);
  // What others begin with is far above.
  if (length > SafetensorsFile::maxHeaderSize)
    if (std::string kind = describeOtherKind(file); !kind.empty())
      return fileError(file.path(), kind);
  if (length > SafetensorsFile::maxHeaderSize)
    return fileError(file.path(),
                     what + " is over the format's limit of 100 MB; the file "
                            "is damaged or is not a safetensors file");
  if (length > bytes.size() - sizeof(length))
    return fileError(file.path(), what + " is more than the file holds; the "
                                         "file is truncated, fetch it again");
  bytes = bytes.subspan(sizeof(length));
  text = {reinterpret_cast<const char *>(bytes.data()), length};
  data = bytes.subspan(length);
  return {};
}

/// Checks an entry by itself: its offsets, and its size against its shape.
static Status checkEntry(const std::string &path, const HeaderEntry &entry,
                         uint64_t dataSize) {
  std::string offsets = "data_offsets [" + std::to_string(entry.begin) + ", " +
                        std::to_string(entry.end) + "]";
  if (entry.begin > entry.end)
    return tensorError(path, entry.name,
                       offsets + " end before they begin" + fetchAgain);
  if (entry.end > dataSize)
    return tensorError(path, entry.name,
                       offsets + " reach past the " + std::to_string(dataSize) +
                           " bytes of data; the file is truncated, fetch it "
                           "again");
  Result<uint64_t> size = storageSize(entry.dtype, entry.shape);
  if (!size)
    return tensorError(path, entry.name, size.message() + fetchAgain);
  if (*size != entry.end - entry.begin)
    return tensorError(path, entry.name,
                       offsets + " hold " +
                           std::to_string(entry.end - entry.begin) +
                           " bytes, but " + shapeText(entry.shape) + " of " +
                           std::string(name(entry.dtype)) + " has " +
                           std::to_string(*size) + fetchAgain);
  return {};
}

/// Checks that entries, sorted by offset, cover the data exactly.
static Status checkCover(const std::string &path,
                         const std::vector<HeaderEntry *> &entries,
                         uint64_t dataSize) {
  uint64_t covered = 0;
  const HeaderEntry *previous = nullptr;
  for (const HeaderEntry *entry : entries) {
    if (entry->begin < covered)
      return tensorError(path, entry->name,
                         "its data overlaps that of tensor " +
                             inQuotes(previous->name) + fetchAgain);
    if (entry->begin > covered)
      return tensorError(path, entry->name,
                         std::to_string(entry->begin - covered) +
                             " bytes before its data belong to no tensor" +
                             fetchAgain);
    covered = entry->end;
    previous = entry;
  }
  if (covered != dataSize)
    return fileError(path, "the last " + std::to_string(dataSize - covered) +
                               " bytes belong to no tensor" + fetchAgain);
  return {};
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.takeError();
  SafetensorsFile result(std::move(*mapped));

  std::string_view text;
  std::span<const std::byte> data;
  if (Status status = split(result.file, text, data); !status)
    return status.takeError();
  Result<Header> header = parseHeader(path, text);
  if (!header)
    return header.takeError();
  result.file.release(std::as_bytes(std::span(text)));

  for (const HeaderEntry &entry : header->entries)
    if (Status status = checkEntry(path, entry, data.size()); !status)
      return status.takeError();
  std::vector<HeaderEntry *> entries;
  for (HeaderEntry &entry : header->entries)
    entries.push_back(&entry);
  // The address, their place in the header, orders those without elements.
  std::ranges::sort(entries, {}, [](const HeaderEntry *entry) {
    return std::tuple(entry->begin, entry->end, entry);
  });
  if (Status status = checkCover(path, entries, data.size()); !status)
    return status.takeError();

  result.views.reserve(entries.size());
  for (HeaderEntry *entry : entries)
    result.views.push_back({std::move(entry->name), entry->dtype,
                            std::move(entry->shape), data.data() + entry->begin,
                            entry->end - entry->begin});
  result.byName.resize(entries.size());
  std::iota(result.byName.begin(), result.byName.end(), 0);
  auto nameOf = [&](uint32_t i) -> const std::string & {
    return result.views[i].name;
  };
  std::ranges::sort(result.byName, {}, nameOf);
  auto twice = std::ranges::adjacent_find(result.byName, {}, nameOf);
  if (twice != result.byName.end())
    return tensorError(path, nameOf(*twice),
                       std::string("is listed twice") + fetchAgain);
  result.meta = std::move(header->metadata);
  return result;
}

const TensorView *SafetensorsFile::find(std::string_view name) const {
  auto nameOf = [&](uint32_t i) -> std::string_view { return views[i].name; };
  auto it = std::ranges::lower_bound(byName, name, {}, nameOf);
  return it == byName.end() || nameOf(*it) != name ? nullptr : &views[*it];
}
