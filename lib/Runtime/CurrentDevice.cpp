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
  /// Of threads that have none of their own.
  std::shared_ptr<Device> device;
};
} // namespace

struct lowbit::runtime::ThreadCalls {
  /// Null is the device of the process.
  std::shared_ptr<Device> device;
  Failure failure;
  bool someoneAsks = false;
};

/// Never destroyed: compiled programs unload their modules when the process
/// ends, in any order.
static State &getState() {
  static State *state = new State;
  return *state;
}

/// What this thread goes by: that of its innermost scope, or its own.
static thread_local ThreadCalls *current = nullptr;

namespace {
/// What a thread has of its own, outside of all scopes.
struct OwnCalls {
  ThreadCalls calls;
  OwnCalls() { current = &calls; }
  /// When the process ends, its last thread unloads modules after this.
  ~OwnCalls() {
    static ThreadCalls *last = new ThreadCalls;
    current = last;
  }
};
} // namespace

static ThreadCalls &getCalls() {
  if (!current)
    static thread_local OwnCalls own;
  return *current;
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

void lowbit::runtime::setDevice(std::shared_ptr<Device> device) {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.device.swap(device);
}

std::shared_ptr<Device> lowbit::runtime::getDevice() {
  if (std::shared_ptr<Device> device = getCalls().device)
    return device;
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  return state.device;
}

Failure lowbit::runtime::takeFailure() {
  ThreadCalls &calls = getCalls();
  calls.someoneAsks = true;
  return std::exchange(calls.failure, std::nullopt);
}

static void print(const std::string &failure) {
  std::fprintf(stderr, "lowbit runtime: %s\n", failure.c_str());
}

DeviceScope::DeviceScope(std::shared_ptr<Device> device)
    : calls(std::make_unique<ThreadCalls>()), outer(&getCalls()) {
  calls->device = std::move(device);
  // Whatever is not taken is printed at the end.
  calls->someoneAsks = true;
  current = calls.get();
}

DeviceScope::~DeviceScope() {
  if (calls->failure)
    print(*calls->failure);
  current = outer;
}

std::shared_ptr<Device> lowbit::runtime::deviceForCall() {
  ThreadCalls &calls = getCalls();
  if (calls.failure)
    return nullptr;
  if (calls.device)
    return calls.device;
  State &state = getState();
  std::unique_lock lock(state.mutex);
  if (!state.device) {
    DeviceOrFailure opened = openByEnvironment();
    if (auto *message = std::get_if<std::string>(&opened)) {
      lock.unlock();
      noteFailure(std::move(*message));
      return nullptr;
    }
    state.device = std::move(std::get<std::unique_ptr<Device>>(opened));
  }
  return state.device;
}

void lowbit::runtime::noteFailure(Failure failure) {
  ThreadCalls &calls = getCalls();
  if (!failure || calls.failure)
    return;
  if (!calls.someoneAsks)
    print(*failure);
  calls.failure = std::move(failure);
  waitForRun();
}
