//===- EmulatedModule.h - Kernels that the emulator knows -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a host program brings its kernels to the emulator. Kernels compiled for
// the host are part of the program, so the image that it loads as a module is
// only a name; the kernels of that name register themselves when the program
// starts.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_EMULATEDMODULE_H
#define LOWBIT_RUNTIME_EMULATEDMODULE_H

#include "lowbit/Simt/Abi.h"

/// What stands in front of the name of a module in its image.
#define LOWBIT_EMULATED_MODULE_MAGIC "lowbit-simt:"

extern "C" {

/// Makes `entry` the kernel `kernel` of `module`; both names are copied. A
/// kernel registered again is replaced. `staticSharedBytes` are of its globals,
/// in front of the dynamic shared memory of a launch. `flags`: 1 where
/// denormals of f32 are flushed to zero.
void lowbit_runtime_register_kernel(const char *module, const char *kernel,
                                    LowbitSimtEntry entry,
                                    uint64_t staticSharedBytes, uint32_t flags);
}

#endif // LOWBIT_RUNTIME_EMULATEDMODULE_H
