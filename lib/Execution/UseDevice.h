//===- UseDevice.h - The device of launches of kernels ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_USEDEVICE_H
#define LOWBIT_LIB_EXECUTION_USEDEVICE_H

#include "lowbit/Execution/Program.h"

namespace lowbit {

/// Makes `kind` what launches of kernels use in this process.
llvm::Error useDevice(DeviceKind kind);

/// What has gone wrong on the device since the last time.
llvm::Error takeDeviceError();

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_USEDEVICE_H
