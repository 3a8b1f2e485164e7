//===- UseDevice.cpp - The device of launches of kernels ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UseDevice.h"

#include "lowbit/Runtime/Device.h"

using namespace lowbit;

llvm::Error lowbit::useDevice(DeviceKind kind) {
  if (kind == DeviceKind::Emulator)
    runtime::setDevice(runtime::createEmulator());
  if (kind == DeviceKind::Cuda) {
    runtime::DeviceOrFailure opened = runtime::openCuda();
    if (auto *message = std::get_if<std::string>(&opened))
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     "--device=cuda: %s", message->c_str());
    runtime::setDevice(
        std::move(std::get<std::unique_ptr<runtime::Device>>(opened)));
  }
  return llvm::Error::success();
}

llvm::Error lowbit::takeDeviceError() {
  if (runtime::Failure failure = runtime::takeFailure())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s",
                                   failure->c_str());
  return llvm::Error::success();
}

DeviceRun::DeviceRun() { runtime::beginRun(); }

DeviceRun::~DeviceRun() { runtime::endRun(isLeft); }

llvm::Error DeviceRun::end() {
  if (llvm::Error error = takeDeviceError())
    return error;
  isLeft = false;
  return llvm::Error::success();
}

llvm::Error DeviceRun::leave(llvm::Error error) {
  llvm::Error first = takeDeviceError();
  if (!first)
    return error;
  llvm::consumeError(std::move(error));
  return first;
}
