//===- RunResources.h - What runs have on the device ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_RUNTIME_RUNRESOURCES_H
#define LOWBIT_LIB_RUNTIME_RUNRESOURCES_H

#include "lowbit/Runtime/Device.h"

namespace lowbit::runtime {

enum class Resource { Memory, Stream, Event };

/// If this thread is in a run (beginRun), the run has `handle` of `device` from
/// now on.
void noteMade(const std::shared_ptr<Device> &device, Resource resource,
              void *handle);

/// `handle` is gone, on whichever thread it was made.
void noteDestroyed(const std::shared_ptr<Device> &device, Resource resource,
                   void *handle);

} // namespace lowbit::runtime

#endif // LOWBIT_LIB_RUNTIME_RUNRESOURCES_H
