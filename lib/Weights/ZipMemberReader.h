//===- ZipMemberReader.h - The contents of a zip member ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_ZIPMEMBERREADER_H
#define LOWBIT_LIB_WEIGHTS_ZIPMEMBERREADER_H

#include "ByteReader.h"
#include "ZipDirectory.h"

#include <memory>

namespace lowbit::weights {

/// Reads the contents of a member, inflating as it goes: nothing is held but
/// the inflater's own window. Errors are bare reasons.
class ZipMemberReader final : public ByteReader {
public:
  /// The archive must outlive the reader.
  explicit ZipMemberReader(const ZipMember &member);
  ~ZipMemberReader() override;

  uint64_t remaining() const override { return left; }
  Status read(std::span<std::byte> out) override;

  /// To be called when nothing remains: checks that the compressed data ends
  /// here too, and the checksum of all that was read.
  Status finish();

private:
  struct Inflater;
  Status inflate(std::span<std::byte> out);

  const ZipMember &member;
  std::span<const std::byte> input; // not yet taken
  uint64_t left;
  uint32_t checksum = 0;
  std::unique_ptr<Inflater> inflater; // of a deflated member
};

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_ZIPMEMBERREADER_H
