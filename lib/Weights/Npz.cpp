//===- Npz.cpp - Archives of NumPy arrays ---------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Npz.h"
#include "NpyFormat.h"
#include "Utf8.h"
#include "ZipMemberReader.h"
#include "ZipWriter.h"

using namespace lowbit::weights;

static constexpr std::string_view suffix = ".npy";

Result<TensorMap> lowbit::weights::readNpz(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  if (file->bytes().empty())
    return fileError(path, "is empty; fetch or write it again");
  Result<std::vector<ZipMember>> members = readZipDirectory(*file);
  if (!members)
    return members.takeError();

  TensorMap tensors;
  for (const ZipMember &member : *members) {
    if (!member.name.ends_with(suffix))
      return fileError(path, "member " + inQuotes(member.name) +
                                 " is not a .npy file; remove it from the "
                                 "archive");
    std::string name =
        member.name.substr(0, member.name.size() - suffix.size());
    ZipMemberReader reader(member);
    Result<HostTensor> tensor = parseNpy(reader);
    if (!tensor)
      return tensorError(path, name, tensor.message());
    if (Status status = reader.finish(); !status)
      return tensorError(path, name, status.message());
    file->release(member.data);
    if (!tensors.add(name, std::move(*tensor)))
      return tensorError(path, name,
                         "is in the archive twice; remove one of the two");
  }
  return tensors;
}

Status lowbit::weights::writeNpz(const std::string &path,
                                 const TensorMap &tensors) {
  constexpr size_t longestName = 0xffff;
  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  ZipWriter writer(std::move(*file));
  for (const auto &[name, tensor] : tensors) {
    std::string member = name + std::string(suffix);
    // Python cuts a member's name at a zero.
    if (!isUtf8(name) || name.find('\0') != std::string::npos ||
        member.size() > longestName)
      return tensorError(path, name,
                         "a zip archive cannot hold this name; rename the "
                         "tensor");
    Result<std::string> header = printNpyHeader(tensor);
    if (!header)
      return tensorError(path, name, header.message());
    if (Status status =
            writer.add(member, std::as_bytes(std::span(*header)), tensor.bytes);
        !status)
      return status;
  }
  return writer.commit();
}
