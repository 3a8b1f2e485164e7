//===- TensorFile.h - Tensor files of any kind ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_TENSORFILE_H
#define LOWBIT_WEIGHTS_TENSORFILE_H

#include "lowbit/Weights/HostTensor.h"

namespace lowbit::weights {

/// Reads all tensors of `path` into memory, by its extension: .npy (one tensor,
/// named after the file without directory and extension), .npz, .safetensors,
/// .safetensors.index.json. Meant for inputs and results; weights are better
/// read in place with WeightsFile.
Result<TensorMap> readTensors(const std::string &path);

/// Writes `tensors` by the extension of `path`: .npy (exactly one tensor, whose
/// name is not stored), .npz or .safetensors. The file appears whole or not at
/// all.
Status writeTensors(const std::string &path, const TensorMap &tensors);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_TENSORFILE_H
