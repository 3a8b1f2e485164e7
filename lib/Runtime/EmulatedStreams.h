//===- EmulatedStreams.h - Streams and events of the emulator ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a stream is given is done as late as a driver may: when somebody waits
// for it. So what host code does not wait for is not there when it looks.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_RUNTIME_EMULATEDSTREAMS_H
#define LOWBIT_LIB_RUNTIME_EMULATEDSTREAMS_H

#include "lowbit/Runtime/Device.h"

#include <deque>
#include <map>
#include <mutex>

namespace lowbit::runtime {

class EmulatedStreams {
public:
  using Work = std::function<Failure()>;

  void *createStream();
  /// What the stream was given stays to be done, but nobody can wait for it any
  /// more, except by an event or for everything.
  Failure destroyStream(void *stream);
  /// Work that fails takes all with it that its stream was given after it.
  Failure synchronizeStream(void *stream);
  /// Does all that all streams were given, in no order that a program may count
  /// on.
  Failure synchronize();

  void *createEvent();
  Failure destroyEvent(void *event);
  Failure recordEvent(void *event, void *stream);
  Failure synchronizeEvent(void *event);
  Failure waitForEvent(void *stream, void *event);

  /// Gives `work`, of which `what` says that it "is given to" somebody, to
  /// `stream`. The null stream waits for no other, and has done its work when
  /// this returns.
  Failure add(void *stream, const std::string &what, Work work);

private:
  struct Stream {
    std::deque<Work> work;
    /// How much the stream was given so far, and how much of it is done.
    uint64_t given = 0, done = 0;
  };
  /// When a stream has done what it was given up to some time; without a stream
  /// at once.
  struct Event {
    std::shared_ptr<Stream> stream;
    uint64_t given = 0;
  };
  template <typename T>
  using Handles = std::map<void *, T>;

  /// Handles are never used again, so that those of the past are known.
  template <typename T>
  void *create(Handles<T> &handles, T made);
  /// The stream or event of a handle, or `failure`: `what` is done to it.
  template <typename T>
  T *find(Handles<T> &handles, void *handle, const std::string &what,
          Failure &failure);
  Failure reach(Event event);
  Failure reachWhileWorking(const Event &event);

  /// Guards what follows; `working` is held by who does work, and taken first.
  std::mutex mutex, working;
  uintptr_t lastHandle = 0;
  Handles<std::shared_ptr<Stream>> streams;
  Handles<Event> events;
  /// Those that were destroyed before their work was done.
  std::vector<std::shared_ptr<Stream>> destroyed;
};

} // namespace lowbit::runtime

#endif // LOWBIT_LIB_RUNTIME_EMULATEDSTREAMS_H
