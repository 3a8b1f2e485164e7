//===- ZipWriter.cpp - Writing stored zip archives ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZipWriter.h"
#include "Checksum.h"
#include "ZipFormat.h"

#include <algorithm>

using namespace lowbit::weights;
using namespace lowbit::weights::zip;

static constexpr uint16_t version64 = 45;           // zip64 is needed to read
static constexpr uint16_t madeByUnix = 3 << 8;      // system of attributes
static constexpr uint32_t attributes = 0600u << 16; // rw-------
static constexpr uint16_t firstDate = 1 << 5 | 1;   // 1980-01-01

/// Appends `value` in sizeof(T) little-endian bytes.
template <typename T>
static void put(std::string &out, uint64_t value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(value >> (8 * i) & 0xff);
}

Status ZipWriter::append(std::span<const std::byte> data) {
  Status status = file.write(position, data);
  position += data.size();
  return status;
}

/// What the local header and the directory share: flags to checksum.
static std::string common(const std::string &name, uint32_t checksum) {
  bool ascii = std::ranges::all_of(name, [](char c) { return !(c & 0x80); });
  std::string text;
  put<uint16_t>(text, version64);
  put<uint16_t>(text, ascii ? 0 : flagUtf8);
  put<uint16_t>(text, 0); // stored
  put<uint16_t>(text, 0); // midnight
  put<uint16_t>(text, firstDate);
  put<uint32_t>(text, checksum);
  return text;
}

Status ZipWriter::add(const std::string &name, std::span<const std::byte> head,
                      std::span<const std::byte> body) {
  assert(name.size() <= saturated16 && "the name does not fit");
  std::string shared =
      common(name, extendChecksum(extendChecksum(0, head), body));
  uint64_t size = head.size() + body.size();
  uint64_t offset = position;

  std::string local;
  put<uint32_t>(local, localSignature);
  local += shared;
  put<uint32_t>(local, saturated32); // compressed size
  put<uint32_t>(local, saturated32); // size
  put<uint16_t>(local, name.size());
  put<uint16_t>(local, 20);
  local += name;
  put<uint16_t>(local, extra64);
  put<uint16_t>(local, 16);
  put<uint64_t>(local, size);
  put<uint64_t>(local, size);
  if (Status status = append(std::as_bytes(std::span(local))); !status)
    return status;
  if (Status status = append(head); !status)
    return status;
  if (Status status = append(body); !status)
    return status;

  std::string values; // of the zip64 extra field
  if (size > zip64Threshold) {
    put<uint64_t>(values, size);
    put<uint64_t>(values, size);
  }
  if (offset > zip64Threshold)
    put<uint64_t>(values, offset);
  std::string extra;
  if (!values.empty()) {
    put<uint16_t>(extra, extra64);
    put<uint16_t>(extra, values.size());
    extra += values;
  }
  uint64_t shortSize = size > zip64Threshold ? saturated32 : size;
  put<uint32_t>(directory, centralSignature);
  put<uint16_t>(directory, madeByUnix | version64);
  directory += shared;
  put<uint32_t>(directory, shortSize); // compressed
  put<uint32_t>(directory, shortSize);
  put<uint16_t>(directory, name.size());
  put<uint16_t>(directory, extra.size());
  put<uint16_t>(directory, 0); // comment
  put<uint16_t>(directory, 0); // first part
  put<uint16_t>(directory, 0); // internal attributes
  put<uint32_t>(directory, attributes);
  put<uint32_t>(directory, offset > zip64Threshold ? saturated32 : offset);
  directory += name + extra;
  ++count;
  return {};
}

Status ZipWriter::commit() {
  uint64_t offset = position;
  uint64_t size = directory.size();
  std::string end = std::move(directory);
  bool zip64 =
      count > saturated16 || offset > zip64Threshold || size > zip64Threshold;
  if (zip64) {
    put<uint32_t>(end, end64Signature);
    put<uint64_t>(end, end64Size - 12); // of what follows
    put<uint16_t>(end, version64);
    put<uint16_t>(end, version64);
    put<uint32_t>(end, 0); // this part
    put<uint32_t>(end, 0); // part of the directory
    put<uint64_t>(end, count);
    put<uint64_t>(end, count);
    put<uint64_t>(end, size);
    put<uint64_t>(end, offset);
    put<uint32_t>(end, locator64Signature);
    put<uint32_t>(end, 0); // part of the record
    put<uint64_t>(end, offset + size);
    put<uint32_t>(end, 1); // parts
  }
  uint64_t shortCount = std::min<uint64_t>(count, saturated16);
  put<uint32_t>(end, endSignature);
  put<uint16_t>(end, 0);
  put<uint16_t>(end, 0);
  put<uint16_t>(end, shortCount);
  put<uint16_t>(end, shortCount);
  put<uint32_t>(end, std::min<uint64_t>(size, saturated32));
  put<uint32_t>(end, std::min<uint64_t>(offset, saturated32));
  put<uint16_t>(end, 0); // comment
  if (Status status = append(std::as_bytes(std::span(end))); !status)
    return status;
  return file.commit();
}
