//===- TensorFile.cpp - Tensor files of any kind --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/TensorFile.h"
#include "Memory.h"
#include "lowbit/Weights/Npy.h"
#include "lowbit/Weights/Npz.h"
#include "lowbit/Weights/SafetensorsWriter.h"
#include "lowbit/Weights/WeightsFile.h"

using namespace lowbit::weights;

static Result<TensorMap> readWeights(const std::string &path) {
  Result<WeightsFile> file = WeightsFile::open(path);
  if (!file)
    return file.takeError();
  TensorMap tensors;
  for (const TensorView *view : file->tensors()) {
    if (Status status = checkMemory(view->size); !status)
      return tensorError(path, view->name, status.message());
    tensors.add(
        view->name,
        {view->dtype, view->shape, {view->data, view->data + view->size}});
    file->release(*view);
  }
  return tensors;
}

static Status writeSafetensors(const std::string &path,
                               const TensorMap &tensors) {
  std::vector<TensorDecl> decls;
  for (const auto &[name, tensor] : tensors)
    decls.push_back({name, tensor.dtype, tensor.shape});
  Result<SafetensorsWriter> writer =
      SafetensorsWriter::create(path, std::move(decls));
  if (!writer)
    return writer.takeError();
  for (size_t i = 0; i < tensors.size(); ++i)
    if (Status status = writer->append(i, tensors[i].tensor.bytes); !status)
      return status;
  return writer->commit();
}

/// "x" of "dir/x.npy".
static std::string stem(const std::string &path) {
  size_t begin = path.rfind('/') + 1;
  return path.substr(begin, path.rfind('.') - begin);
}

Result<TensorMap> lowbit::weights::readTensors(const std::string &path) {
  if (path.ends_with(".npz"))
    return readNpz(path);
  if (path.ends_with(".safetensors") ||
      path.ends_with(".safetensors.index.json"))
    return readWeights(path);
  if (!path.ends_with(".npy"))
    return fileError(path, "has an unknown extension; name a .npy, .npz, "
                           ".safetensors or .safetensors.index.json file");
  Result<HostTensor> tensor = readNpy(path);
  if (!tensor)
    return tensor.takeError();
  TensorMap tensors;
  tensors.add(stem(path), std::move(*tensor));
  return tensors;
}

Status lowbit::weights::writeTensors(const std::string &path,
                                     const TensorMap &tensors) {
  if (path.ends_with(".npz"))
    return writeNpz(path, tensors);
  if (path.ends_with(".safetensors"))
    return writeSafetensors(path, tensors);
  if (!path.ends_with(".npy"))
    return fileError(path, "has an unknown extension; name a .npy, .npz or "
                           ".safetensors file");
  if (tensors.size() != 1)
    return fileError(path, "a .npy file holds one tensor, not " +
                               std::to_string(tensors.size()) +
                               "; write a .npz or .safetensors file");
  return writeNpy(path, tensors[0].tensor);
}
