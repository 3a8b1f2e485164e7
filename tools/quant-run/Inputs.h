//===- Inputs.h - Inputs of a program from files ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_INPUTS_H
#define LOWBIT_TOOLS_QUANT_RUN_INPUTS_H

#include "lowbit/Execution/Program.h"

#include <string>
#include <vector>

namespace lowbit {

/// The tensors of one --input.
struct InputFile {
  std::string path;
  weights::TensorMap tensors;

  /// Whether the tensors have names: not in a .npy file, which has one tensor.
  bool hasNames() const { return !llvm::StringRef(path).ends_with(".npy"); }
};

/// Reads all files. Fails at the first that cannot be read.
llvm::Expected<std::vector<InputFile>>
readInputFiles(llvm::ArrayRef<std::string> paths);

/// The tensor of each port, in order. Files with names (.npz, .safetensors)
/// give the ports of those names, and the only tensor of a file the only port
/// of a model that does not name it; .npy files fill the ports that are left,
/// in order. Fails if a port gets none, and if a tensor is left over.
llvm::Expected<std::vector<weights::HostTensor>>
assignInputs(std::vector<InputFile> files, llvm::ArrayRef<Port> ports);

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_INPUTS_H
