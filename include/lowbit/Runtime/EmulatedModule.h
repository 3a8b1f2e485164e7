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
// starts, and are forgotten when it ends. Programs may have modules of one name
// (two models with the same form of attention): an image is the module that its
// own thread has registered last, and a program registers right before it
// loads.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_EMULATEDMODULE_H
#define LOWBIT_RUNTIME_EMULATEDMODULE_H

#include "lowbit/Simt/Abi.h"

/// What stands in front of the name of a module in its image.
#define LOWBIT_EMULATED_MODULE_MAGIC "lowbit-simt:"

extern "C" {

/// What a kernel needs, and what hardware would hold a launch of it to.
struct LowbitEmulatedKernel {
  /// Bytes of its globals in shared memory, in front of the dynamic shared
  /// memory of a launch.
  uint64_t staticSharedBytes;
  /// Bytes of shared memory that a block has at the most on the chip that the
  /// kernel was compiled for; 0 if that is not known.
  uint64_t mostSharedBytes;
  /// The threads of a block (nvvm.reqntid); 0, 0, 0 where any number will do.
  uint32_t block[3];
  /// 1 where denormals of f32 are flushed to zero.
  uint32_t flags;
  /// How many parameters it has, and the bytes of each: a launch copies them.
  uint64_t parameters;
  const uint64_t *parameterBytes;
};

/// Makes `entry` the kernel `kernel` of the module `module` of `program`, an
/// address that no other program has. All but the entry is copied.
void lowbit_runtime_register_kernel(const void *program, const char *module,
                                    const char *kernel, LowbitSimtEntry entry,
                                    const LowbitEmulatedKernel *properties);

/// Forgets the kernels of `program`, whose code is about to go.
void lowbit_runtime_unregister_program(const void *program);
}

#endif // LOWBIT_RUNTIME_EMULATEDMODULE_H
