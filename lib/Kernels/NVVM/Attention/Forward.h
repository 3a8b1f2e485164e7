//===- Forward.h - The forward kernel of attention --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_FORWARD_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_FORWARD_H

#include "Arguments.h"

namespace lowbit::nvvm {

/// The body of the kernel: all that stands before its return. `memory` is the
/// start of shared memory.
void buildForward(KernelBuilder &kernel, const AttentionSpec &spec,
                  const AttentionPlan &plan,
                  const AttentionArguments &arguments, mlir::Value memory);

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_FORWARD_H
