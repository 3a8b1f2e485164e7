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

/// Reads the tensor of each port, in order. Files with names (.npz,
/// .safetensors) give the ports of those names, and the only port takes the
/// only tensor whatever its name; .npy files fill the ports that are left in
/// order. Fails if a port gets none or a file is left over.
llvm::Expected<std::vector<weights::HostTensor>>
readInputs(llvm::ArrayRef<std::string> paths, llvm::ArrayRef<Port> ports);

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_INPUTS_H
