//===- CurrentDevice.cpp - The device of the mgpu* calls ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CurrentDevice.h"

#include "RunResources.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

using namespace lowbit::runtime;

namespace {
struct State {
  std::mutex mutex;
  std::unique_ptr<Device> device;
  Failure failure;
  bool someoneAsks = false;
};
} // namespace

/// Never destroyed: compiled programs unload their modules when the process
/// ends, in any order.
static State &getState() {
  static State *state = new State;
  return *state;
}

static DeviceOrFailure openByEnvironment() {
  const char *value = std::getenv("LOWBIT_DEVICE");
  std::string_view name = value ? value : "cuda";
  if (name == "emulator")
    return createEmulator();
  if (name == "cuda")
    return openCuda();
  return "LOWBIT_DEVICE is '" + std::string(name) +
         "', which is no device: there are cuda and emulator";
}

void lowbit::runtime::setDevice(std::unique_ptr<Device> device) {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.device = std::move(device);
  forgetResources();
}

Device *lowbit::runtime::getDevice() {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  return state.device.get();
}

Failure lowbit::runtime::takeFailure() {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.someoneAsks = true;
  return std::exchange(state.failure, std::nullopt);
}

static void fail(State &state, std::string message) {
  if (!state.someoneAsks)
    std::fprintf(stderr, "lowbit runtime: %s\n", message.c_str());
  state.failure = std::move(message);
}

Device *lowbit::runtime::deviceForCall() {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  if (state.failure)
    return nullptr;
  if (!state.device) {
    DeviceOrFailure opened = openByEnvironment();
    if (auto *message = std::get_if<std::string>(&opened)) {
      fail(state, std::move(*message));
      return nullptr;
    }
    state.device = std::move(std::get<std::unique_ptr<Device>>(opened));
  }
  return state.device.get();
}

void lowbit::runtime::noteFailure(Failure failure) {
  if (!failure)
    return;
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  if (!state.failure)
    fail(state, std::move(*failure));
}
