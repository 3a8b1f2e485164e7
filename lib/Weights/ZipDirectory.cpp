//===- ZipDirectory.cpp - The directory of zip archives -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZipDirectory.h"
#include "Utf8.h"
#include "ZipFormat.h"

#include <algorithm>
#include <array>
#include <cstring>

using namespace lowbit::weights;
using namespace lowbit::weights::zip;

namespace {

using Bytes = std::span<const std::byte>;

/// Where the central directory lies, from the records at the end of the file.
struct Extent {
  uint64_t offset;
  uint64_t size;
  uint64_t count; // of members
};

/// An entry of the central directory, and where its local part lies.
struct Entry {
  ZipMember member;
  uint64_t begin; // of the local header
  uint64_t end;   // of the stored data
};

} // namespace

/// The little-endian T at `offset`, which the caller has checked.
template <typename T>
static T get(Bytes bytes, uint64_t offset) {
  T value;
  assert(offset + sizeof(T) <= bytes.size() && "unchecked offset");
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// Whether [offset, offset + size) lies in `bytes`, without overflow.
static bool inside(Bytes bytes, uint64_t offset, uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

static Error damaged(const MappedFile &file, const std::string &what) {
  return fileError(file.path(),
                   what + "; the archive is damaged, fetch or write it again");
}

/// Finds the end record: the last one whose comment reaches to the file's end.
static std::optional<uint64_t> findEnd(Bytes bytes) {
  if (bytes.size() < endSize)
    return std::nullopt;
  uint64_t last = bytes.size() - endSize;
  uint64_t first = last > saturated16 ? last - saturated16 : 0;
  for (uint64_t at = last + 1; at-- > first;)
    if (get<uint32_t>(bytes, at) == endSignature &&
        get<uint16_t>(bytes, at + 20) == bytes.size() - endSize - at)
      return at;
  return std::nullopt;
}

static Result<Extent> findDirectory(const MappedFile &file) {
  Bytes bytes = file.bytes();
  std::optional<uint64_t> end = findEnd(bytes);
  if (!end)
    return fileError(file.path(), "has no end of a zip archive; it is "
                                  "truncated or is not a .npz file");
  bool parts =
      get<uint16_t>(bytes, *end + 4) != 0 ||
      get<uint16_t>(bytes, *end + 6) != 0 ||
      get<uint16_t>(bytes, *end + 8) != get<uint16_t>(bytes, *end + 10);
  Extent extent{get<uint32_t>(bytes, *end + 16),
                get<uint32_t>(bytes, *end + 12),
                get<uint16_t>(bytes, *end + 10)};
  uint64_t limit = *end; // the directory ends before the end records
  if (*end >= locator64Size &&
      get<uint32_t>(bytes, *end - locator64Size) == locator64Signature) {
    uint64_t at = get<uint64_t>(bytes, *end - locator64Size + 8);
    if (!inside(bytes.first(*end - locator64Size), at, end64Size) ||
        get<uint32_t>(bytes, at) != end64Signature)
      return damaged(file, "the zip64 record is not where the file says");
    parts = get<uint32_t>(bytes, at + 16) != 0 ||
            get<uint32_t>(bytes, at + 20) != 0 ||
            get<uint64_t>(bytes, at + 24) != get<uint64_t>(bytes, at + 32);
    extent = {get<uint64_t>(bytes, at + 48), get<uint64_t>(bytes, at + 40),
              get<uint64_t>(bytes, at + 32)};
    limit = at;
  } else if (extent.offset == saturated32 || extent.size == saturated32) {
    // A count of 65,535 is none of these: Python's zipfile and ZipWriter write
    // it as it is, and it is compared with the directory in any case.
    return damaged(file, "the zip64 record is missing");
  }
  if (parts)
    return fileError(file.path(), "is one part of an archive in several; join "
                                  "them first");
  if (!inside(bytes.first(limit), extent.offset, extent.size))
    return damaged(file, "the directory of the archive is not in the file");
  return extent;
}

/// Replaces the saturated ones of `fields` by their 64-bit values from the
/// extra field, in their order there. False if one is missing.
static bool applyZip64(Bytes extra, std::span<uint64_t *const> fields) {
  Bytes values;
  while (extra.size() >= 4) {
    uint16_t id = get<uint16_t>(extra, 0);
    uint16_t size = get<uint16_t>(extra, 2);
    if (size > extra.size() - 4)
      return false;
    if (id == extra64)
      values = extra.subspan(4, size);
    extra = extra.subspan(4 + size);
  }
  for (uint64_t *field : fields) {
    if (*field != saturated32)
      continue;
    if (values.size() < sizeof(uint64_t))
      return false;
    *field = get<uint64_t>(values, 0);
    values = values.subspan(sizeof(uint64_t));
  }
  return true;
}

/// Finds the data of an entry behind its local header, which repeats the name.
static Status locate(const MappedFile &file, Bytes members, uint64_t compressed,
                     Entry &entry) {
  const std::string &name = entry.member.name;
  std::string who = "member " + inQuotes(name);
  if (!inside(members, entry.begin, localSize) ||
      get<uint32_t>(members, entry.begin) != localSignature)
    return damaged(file, who + " is not where the directory says");
  uint64_t nameSize = get<uint16_t>(members, entry.begin + 26);
  uint64_t extraSize = get<uint16_t>(members, entry.begin + 28);
  uint64_t begin = entry.begin + localSize + nameSize + extraSize;
  if (!inside(members, begin, compressed))
    return damaged(file, who + " reaches past the end of the file");
  if (nameSize != name.size() ||
      std::memcmp(members.data() + entry.begin + localSize, name.data(),
                  nameSize) != 0)
    return damaged(file, who + " has another name in its own header");
  entry.member.data = members.subspan(begin, compressed);
  entry.end = begin + compressed;
  return {};
}

/// Reads the entry at the front of `directory` and steps over it.
static Result<Entry> readEntry(const MappedFile &file, Bytes members,
                               Bytes &directory) {
  if (directory.size() < centralSize ||
      get<uint32_t>(directory, 0) != centralSignature)
    return damaged(file, "the directory of the archive is broken");
  uint16_t flags = get<uint16_t>(directory, 8);
  uint16_t method = get<uint16_t>(directory, 10);
  uint64_t compressed = get<uint32_t>(directory, 20);
  uint64_t size = get<uint32_t>(directory, 24);
  uint64_t nameSize = get<uint16_t>(directory, 28);
  uint64_t extraSize = get<uint16_t>(directory, 30);
  uint64_t commentSize = get<uint16_t>(directory, 32);
  uint64_t offset = get<uint32_t>(directory, 42);
  uint64_t whole = centralSize + nameSize + extraSize + commentSize;
  if (whole > directory.size())
    return damaged(file, "the directory of the archive is broken");

  Entry entry{};
  entry.member.name.assign(
      reinterpret_cast<const char *>(directory.data()) + centralSize, nameSize);
  entry.member.checksum = get<uint32_t>(directory, 16);
  std::string who = "member " + inQuotes(entry.member.name);
  if (!isUtf8(entry.member.name))
    return fileError(file.path(),
                     who + " has a name that is not UTF-8; rename it");
  if (!applyZip64(directory.subspan(centralSize + nameSize, extraSize),
                  std::array{&size, &compressed, &offset}))
    return damaged(file, who + " lacks its zip64 sizes");
  directory = directory.subspan(whole);

  constexpr uint16_t encrypted = 0x2041; // bits 0, 6 and 13
  if (flags & encrypted)
    return fileError(file.path(), who + " is encrypted; write the archive "
                                        "without a password");
  if (method != uint16_t(ZipMethod::Stored) &&
      method != uint16_t(ZipMethod::Deflated))
    return fileError(file.path(), who + " is compressed by method " +
                                      std::to_string(method) +
                                      "; write the archive with numpy.savez or "
                                      "numpy.savez_compressed");
  entry.member.method = ZipMethod(method);
  entry.member.size = size;
  entry.begin = offset;
  if (entry.member.method == ZipMethod::Stored && size != compressed)
    return damaged(file, who + " is stored, but its two sizes differ");
  // Deflate spends at least one bit per 129 bytes (RFC 1951: 258 bytes for a
  // length code and a distance code): no honest member claims more.
  constexpr uint64_t greatestRatio = 129 * 8;
  if (entry.member.method == ZipMethod::Deflated &&
      size / greatestRatio > compressed)
    return damaged(file, who + " claims " + std::to_string(size) +
                             " bytes, more than its " +
                             std::to_string(compressed) + " can inflate to");
  if (Status status = locate(file, members, compressed, entry); !status)
    return status.takeError();
  return entry;
}

Result<std::vector<ZipMember>>
lowbit::weights::readZipDirectory(const MappedFile &file) {
  Result<Extent> extent = findDirectory(file);
  if (!extent)
    return extent.takeError();
  Bytes members = file.bytes().first(extent->offset);
  Bytes directory = file.bytes().subspan(extent->offset, extent->size);
  std::vector<Entry> entries;
  while (!directory.empty()) {
    Result<Entry> entry = readEntry(file, members, directory);
    if (!entry)
      return entry.takeError();
    entries.push_back(std::move(*entry));
  }
  if (entries.size() != extent->count)
    return damaged(file, "the directory has " + std::to_string(entries.size()) +
                             " members, not the " +
                             std::to_string(extent->count) + " announced");

  // Members that share bytes are how small archives grow without bound.
  std::vector<const Entry *> byPlace;
  for (const Entry &entry : entries)
    byPlace.push_back(&entry);
  std::ranges::sort(byPlace, {}, [](const Entry *entry) {
    return std::pair(entry->begin, entry->end);
  });
  for (size_t i = 1; i < byPlace.size(); ++i)
    if (byPlace[i]->begin < byPlace[i - 1]->end)
      return damaged(file, "member " + inQuotes(byPlace[i]->member.name) +
                               " overlaps member " +
                               inQuotes(byPlace[i - 1]->member.name));
  std::vector<ZipMember> result;
  for (Entry &entry : entries)
    result.push_back(std::move(entry.member));
  return result;
}
