//===- Npy.cpp - NumPy array files ----------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Npy.h"
#include "NpyFormat.h"
#include "lowbit/Weights/MappedFile.h"
#include "lowbit/Weights/OutputFile.h"

using namespace lowbit::weights;

Result<HostTensor> lowbit::weights::readNpy(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  if (file->bytes().empty())
    return fileError(path, "is empty; fetch or write it again");
  MemoryReader reader(file->bytes());
  Result<HostTensor> tensor = parseNpy(reader);
  if (!tensor)
    return fileError(path, tensor.message());
  return tensor;
}

Status lowbit::weights::writeNpy(const std::string &path,
                                 const HostTensor &tensor) {
  Result<std::string> header = printNpyHeader(tensor);
  if (!header)
    return fileError(path, header.message());
  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (Status status = file->write(0, std::as_bytes(std::span(*header)));
      !status)
    return status;
  if (Status status = file->write(header->size(), tensor.bytes); !status)
    return status;
  return file->commit();
}
