//===- RunResources.cpp - What runs have on the device --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunResources.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

using namespace lowbit::runtime;

namespace {
/// Memory, streams and events may have the same handles, and so may devices.
using Key = std::tuple<std::shared_ptr<Device>, Resource, void *>;
struct State {
  std::mutex mutex;
  std::map<Key, std::thread::id> owners;
};
thread_local bool isInRun = false;
} // namespace

/// Never destroyed, as the device of the calls.
static State &getState() {
  static State *state = new State;
  return *state;
}

void lowbit::runtime::noteMade(const std::shared_ptr<Device> &device,
                               Resource resource, void *handle) {
  if (!isInRun || !handle)
    return;
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.owners[{device, resource, handle}] = std::this_thread::get_id();
}

void lowbit::runtime::noteDestroyed(const std::shared_ptr<Device> &device,
                                    Resource resource, void *handle) {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  state.owners.erase({device, resource, handle});
}

/// What the run of this thread has.
static std::vector<Key> getOwned() {
  State &state = getState();
  std::scoped_lock lock(state.mutex);
  std::vector<Key> owned;
  for (const auto &[key, owner] : state.owners)
    if (owner == std::this_thread::get_id())
      owned.push_back(key);
  return owned;
}

void lowbit::runtime::beginRun() { isInRun = true; }

void lowbit::runtime::waitForRun() {
  if (!isInRun)
    return;
  // What fails now fails because of what failed before, or is a second failure
  // of a run that has one.
  for (const auto &[device, resource, handle] : getOwned())
    if (resource == Resource::Stream && !device->use())
      static_cast<void>(device->synchronizeStream(handle));
}

std::string lowbit::runtime::describeRun() {
  const std::pair<Resource, const char *> names[] = {
      {Resource::Memory, "allocation"},
      {Resource::Stream, "stream"},
      {Resource::Event, "event"}};
  std::vector<Key> owned = getOwned();
  std::string text;
  for (auto [resource, name] : names) {
    auto count = std::ranges::count(owned, resource, [](const Key &key) {
      return std::get<Resource>(key);
    });
    if (count)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name +
              (count == 1 ? "" : "s");
  }
  return text;
}

static Failure destroy(Device &device, Resource resource, void *handle) {
  if (Failure failure = device.use())
    return failure;
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
  if (isLeft)
    waitForRun();
  isInRun = false;
  for (const auto &[device, resource, handle] : getOwned()) {
    // The run has failed already, and why is known.
    if (isLeft)
      static_cast<void>(destroy(*device, resource, handle));
    noteDestroyed(device, resource, handle);
  }
}
