//===- CurrentDevice.h - The device of the mgpu* calls ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_RUNTIME_CURRENTDEVICE_H
#define LOWBIT_LIB_RUNTIME_CURRENTDEVICE_H

#include "lowbit/Runtime/Device.h"

namespace lowbit::runtime {

/// The device that a call of this thread is to use, opened by the environment
/// if there is none yet; null after a failure that nobody has taken.
std::shared_ptr<Device> deviceForCall();

/// Keeps the first failure of this thread for takeFailure.
void noteFailure(Failure failure);

} // namespace lowbit::runtime

#endif // LOWBIT_LIB_RUNTIME_CURRENTDEVICE_H
