//===- UseDevice.cpp - The device of launches of kernels ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UseDevice.h"

using namespace lowbit;

llvm::Expected<std::shared_ptr<runtime::Device>>
lowbit::openDevice(const CompileOptions &options) {
  if (options.device == DeviceKind::Emulator)
    return runtime::createEmulator(options.emulator, options.emulatorReport);
  if (options.device == DeviceKind::Cpu)
    return nullptr;
  runtime::DeviceOrFailure opened = runtime::openCuda();
  if (auto *message = std::get_if<std::string>(&opened))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "--device=cuda: %s", message->c_str());
  return std::move(std::get<std::unique_ptr<runtime::Device>>(opened));
}

llvm::Error lowbit::takeDeviceError() {
  if (runtime::Failure failure = runtime::takeFailure())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s",
                                   failure->c_str());
  return llvm::Error::success();
}

DeviceRun::DeviceRun(std::shared_ptr<runtime::Device> device)
    : scope(std::move(device)) {
  runtime::beginRun();
}

DeviceRun::~DeviceRun() { runtime::endRun(isLeft); }

llvm::Error DeviceRun::end() {
  if (llvm::Error error = takeDeviceError())
    return error;
  // Nobody could ever reach it.
  if (std::string kept = runtime::describeRun(); !kept.empty())
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(),
        "the run ended and did not give back what it made on the device: %s",
        kept.c_str());
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
