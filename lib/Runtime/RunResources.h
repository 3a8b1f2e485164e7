//===- RunResources.h - What runs have on the device ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_RUNTIME_RUNRESOURCES_H
#define LOWBIT_LIB_RUNTIME_RUNRESOURCES_H

namespace lowbit::runtime {

enum class Resource { Memory, Stream, Event };

/// If this thread is in a run (beginRun), the run has `handle` from now on.
void noteMade(Resource resource, void *handle);

/// `handle` is gone, on whichever thread it was made.
void noteDestroyed(Resource resource, void *handle);

/// The device is another: no run has anything on it.
void forgetResources();

} // namespace lowbit::runtime

#endif // LOWBIT_LIB_RUNTIME_RUNRESOURCES_H
