//===- ZipMemberReader.cpp - The contents of a zip member -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZipMemberReader.h"
#include "Checksum.h"

#include <algorithm>
#include <zlib.h>

using namespace lowbit::weights;

/// zlib counts in 32 bits.
static constexpr size_t longestStep = size_t(1) << 30;

struct ZipMemberReader::Inflater {
  z_stream stream = {};
  bool usable = false;
  bool ended = false;

  // Negative window bits: raw deflate, as zip holds it.
  Inflater() { usable = inflateInit2(&stream, -MAX_WBITS) == Z_OK; }
  Inflater(const Inflater &) = delete;
  ~Inflater() {
    if (usable)
      inflateEnd(&stream);
  }
};

ZipMemberReader::ZipMemberReader(const ZipMember &member)
    : member(member), input(member.data), left(member.size) {
  if (member.method == ZipMethod::Deflated)
    inflater = std::make_unique<Inflater>();
}

ZipMemberReader::~ZipMemberReader() = default;

Status ZipMemberReader::inflate(std::span<std::byte> out) {
  if (!inflater->usable)
    return Error{"cannot be inflated: out of memory"};
  z_stream &stream = inflater->stream;
  while (!out.empty()) {
    size_t give = std::min(input.size(), longestStep);
    size_t take = std::min(out.size(), longestStep);
    // zlib's interface is from before const.
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<std::byte *>(input.data()));
    stream.avail_in = static_cast<uInt>(give);
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(take);
    int code = ::inflate(&stream, Z_NO_FLUSH);
    input = input.subspan(give - stream.avail_in);
    size_t made = take - stream.avail_out;
    out = out.subspan(made);
    inflater->ended = code == Z_STREAM_END;
    if (inflater->ended && !out.empty())
      return Error{"inflates to fewer bytes than the archive says; the archive "
                   "is damaged, fetch or write it again"};
    if (code != Z_OK && code != Z_STREAM_END)
      return Error{"its compressed data is broken; the archive is damaged, "
                   "fetch or write it again"};
  }
  return {};
}

Status ZipMemberReader::read(std::span<std::byte> out) {
  if (out.size() > left)
    return Error{"ends too early"};
  if (inflater) {
    if (Status status = inflate(out); !status)
      return status;
  } else if (!out.empty()) {
    std::memcpy(out.data(), input.data(), out.size());
    input = input.subspan(out.size());
  }
  left -= out.size();
  checksum = extendChecksum(checksum, out);
  return {};
}

Status ZipMemberReader::finish() {
  assert(left == 0 && "not all was read");
  // The end of a deflate stream may still have to be taken; asking for one more
  // byte does that, and finds streams that go on.
  if (inflater && !inflater->ended) {
    std::byte more;
    (void)inflate({&more, 1});
    if (inflater->stream.avail_out == 0)
      return Error{"inflates to more bytes than the archive says; the archive "
                   "is damaged, fetch or write it again"};
    if (!inflater->ended)
      return Error{"its compressed data does not end; the archive is damaged, "
                   "fetch or write it again"};
  }
  if (!input.empty())
    return Error{"has unused bytes after its compressed data; the archive is "
                 "damaged, fetch or write it again"};
  if (checksum != member.checksum)
    return Error{"its checksum is wrong; the archive is damaged, fetch or "
                 "write it again"};
  return {};
}
