//===- EmulatedStreams.cpp - Streams and events of the emulator -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedStreams.h"

using namespace lowbit::runtime;

template <typename T>
void *EmulatedStreams::create(Handles<T> &handles, T made) {
  std::scoped_lock lock(mutex);
  void *handle = reinterpret_cast<void *>(++lastHandle);
  handles.emplace(handle, std::move(made));
  return handle;
}

void *EmulatedStreams::createStream() {
  return create(streams, std::make_shared<Stream>());
}

void *EmulatedStreams::createEvent() { return create(events, Event()); }

template <typename T>
T *EmulatedStreams::find(Handles<T> &handles, void *handle,
                         const std::string &what, Failure &failure) {
  auto found = handles.find(handle);
  if (found != handles.end())
    return &found->second;
  auto number = reinterpret_cast<uintptr_t>(handle);
  bool isOther = streams.contains(handle) || events.contains(handle);
  failure = what + (std::is_same_v<T, Event> ? " an event" : " a stream") +
            (number && number <= lastHandle && !isOther
                 ? ", which has been destroyed"
                 : ", which has never been made");
  return nullptr;
}

Failure EmulatedStreams::destroyStream(void *handle) {
  std::scoped_lock lock(mutex);
  Failure failure;
  auto *stream = find(streams, handle, "the host destroys", failure);
  if (!stream)
    return failure;
  if (!(*stream)->work.empty())
    destroyed.push_back(*stream);
  streams.erase(handle);
  return {};
}

Failure EmulatedStreams::destroyEvent(void *handle) {
  std::scoped_lock lock(mutex);
  Failure failure;
  if (!find(events, handle, "the host destroys", failure))
    return failure;
  events.erase(handle);
  return {};
}

Failure EmulatedStreams::reachWhileWorking(const Event &event) {
  while (true) {
    Work work;
    {
      std::scoped_lock lock(mutex);
      if (!event.stream || event.stream->done >= event.given)
        return {};
      work = std::move(event.stream->work.front());
      event.stream->work.pop_front();
      ++event.stream->done;
    }
    if (Failure failure = work()) {
      std::scoped_lock lock(mutex);
      event.stream->done = event.stream->given;
      event.stream->work.clear();
      return failure;
    }
  }
}

Failure EmulatedStreams::reach(Event event) {
  std::scoped_lock lock(working);
  return reachWhileWorking(event);
}

Failure EmulatedStreams::synchronizeStream(void *handle) {
  Event all;
  if (handle) {
    std::scoped_lock lock(mutex);
    Failure failure;
    auto *stream = find(streams, handle, "the host waits for", failure);
    if (!stream)
      return failure;
    all = {*stream, (*stream)->given};
  }
  return reach(std::move(all));
}

Failure EmulatedStreams::synchronize() {
  std::vector<Event> all;
  {
    std::scoped_lock lock(mutex);
    for (const auto &stream : std::exchange(destroyed, {}))
      all.push_back({stream, stream->given});
    for (const auto &[handle, stream] : streams)
      all.push_back({stream, stream->given});
  }
  Failure first;
  for (Event &event : all)
    if (Failure failure = reach(std::move(event)); failure && !first)
      first = std::move(failure);
  return first;
}

Failure EmulatedStreams::recordEvent(void *handle, void *stream) {
  std::scoped_lock lock(mutex);
  Failure failure;
  Event *event = find(events, handle, "the host records", failure);
  if (!event)
    return failure;
  *event = {};
  // The null stream has done all that it was given.
  if (!stream)
    return {};
  auto *found = find(streams, stream, "the host records an event of", failure);
  if (!found)
    return failure;
  *event = {*found, (*found)->given};
  return {};
}

Failure EmulatedStreams::synchronizeEvent(void *handle) {
  Event copy;
  {
    std::scoped_lock lock(mutex);
    Failure failure;
    Event *event = find(events, handle, "the host waits for", failure);
    if (!event)
      return failure;
    copy = *event;
  }
  return reach(std::move(copy));
}

Failure EmulatedStreams::waitForEvent(void *stream, void *handle) {
  Event copy;
  {
    std::scoped_lock lock(mutex);
    Failure failure;
    Event *event = find(events, handle, "a stream waits for", failure);
    if (!event)
      return failure;
    copy = *event;
  }
  // The null stream waits at once.
  if (!stream)
    return reach(std::move(copy));
  return add(stream, "a wait", [this, copy = std::move(copy)] {
    return reachWhileWorking(copy);
  });
}

Failure EmulatedStreams::add(void *handle, const std::string &what, Work work) {
  if (!handle)
    return work();
  std::scoped_lock lock(mutex);
  Failure failure;
  auto *stream = find(streams, handle, what + " is given to", failure);
  if (!stream)
    return failure;
  (*stream)->work.push_back(std::move(work));
  ++(*stream)->given;
  return {};
}
