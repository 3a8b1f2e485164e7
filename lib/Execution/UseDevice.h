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

/// What launches of kernels of one program use; null for the CPU.
llvm::Expected<std::shared_ptr<runtime::Device>>
openDevice(const CompileOptions &options);

/// What has gone wrong on the device of this thread since the last time.
llvm::Error takeDeviceError();

/// A run on this thread, and what it has on `device`.
class DeviceRun {
public:
  explicit DeviceRun(std::shared_ptr<runtime::Device> device);
  /// Gives back what is left, unless the run has ended well.
  ~DeviceRun();
  DeviceRun(const DeviceRun &) = delete;
  DeviceRun &operator=(const DeviceRun &) = delete;

  /// The run came to its end: what has gone wrong on the device, or that host
  /// code has not given back what it made there.
  llvm::Error end();
  /// The run was left for `error`, or for what went wrong on the device before.
  static llvm::Error leave(llvm::Error error);

private:
  runtime::DeviceScope scope;
  bool isLeft = true;
};

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_USEDEVICE_H
