//===- EmulatedKernels.h - Kernels that have been registered ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_RUNTIME_EMULATEDKERNELS_H
#define LOWBIT_LIB_RUNTIME_EMULATEDKERNELS_H

#include "lowbit/Runtime/Device.h"
#include "lowbit/Runtime/EmulatedModule.h"

namespace lowbit::runtime {

struct EmulatedKernel {
  simt::Kernel kernel;
  LowbitEmulatedKernel properties;
  /// Of each parameter.
  std::vector<uint64_t> parameterBytes;

  /// "kernel 'm.k': ".
  std::string place() const { return "kernel '" + kernel.name + "': "; }
};

/// The module that `image` names; `bytes` as of Device::loadModule.
Failure findModule(const void *image, size_t bytes, void *&module);

/// A kernel of a module that has been found.
Failure findKernel(void *module, const char *name, void *&kernel);

} // namespace lowbit::runtime

#endif // LOWBIT_LIB_RUNTIME_EMULATEDKERNELS_H
