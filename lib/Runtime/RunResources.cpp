//===- RunResources.cpp - What runs have on the device --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunResources.h"

#include "lowbit/Runtime/Device.h"

#include <map>
#include <mutex>
#include <thread>
#include <utility>

using namespace lowbit::runtime;

namespace {
struct State {
  std::mutex mutex;
  /// Memory, streams and events may have the same handles.
  std::map<std::pair<Resource, void *>, std::thread::id> owners;
};
thread_local bool isInRun = false;
} // namespace

/// Never destroyed, as the device of the calls.
static State &getState() {
  static State *state = new State;
  return *state;
}

void lowbit::runtime::noteMade(Resource resource, void *handle) {
  if (!isInRun || !handle)
    return;
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.owners[{resource, handle}] = std::this_thread::get_id();
}

void lowbit::runtime::noteDestroyed(Resource resource, void *handle) {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.owners.erase({resource, handle});
}

void lowbit::runtime::forgetResources() {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.owners.clear();
}

void lowbit::runtime::beginRun() { isInRun = true; }

static Failure destroy(Device &device, Resource resource, void *handle) {
  switch (resource) {
  case Resource::Memory:
    return device.free(handle);
  case Resource::Stream:
    return device.destroyStream(handle);
  case Resource::Event:
    return device.destroyEvent(handle);
  }
  return {};
}

void lowbit::runtime::endRun(bool isLeft) {
  isInRun = false;
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  Device *device = getDevice();
  bool isUsable = device && isLeft && !device->use();
  std::erase_if(state.owners, [&](const auto &entry) {
    if (entry.second != std::this_thread::get_id())
      return false;
    // The run has failed already, and why is known.
    if (isUsable)
      static_cast<void>(
          destroy(*device, entry.first.first, entry.first.second));
    return true;
  });
}
