//===- Device.h - What runs kernels of GPUs ---------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_DEVICE_H
#define LOWBIT_RUNTIME_DEVICE_H

#include "lowbit/Simt/Launch.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lowbit::runtime {

/// What went wrong: a complete sentence without a final period. Nothing is
/// success.
using Failure = std::optional<std::string>;

/// Memory, modules and launches of one GPU, as the mgpu* calls of compiled host
/// code need them (MgpuCalls.cpp). Handles are the device's own; a null stream
/// is the default one.
class Device {
public:
  virtual ~Device() = default;

  /// For people: "emulator", "cuda:0 (NVIDIA H100 80GB HBM3)".
  virtual std::string describe() const = 0;

  /// Comes before the other calls of a thread: what a device keeps for each
  /// thread of the host is made ready for this one.
  virtual Failure use() { return {}; }

  /// PTX, cubin or fat binary; what convert-nvvm-to-simt leaves for the
  /// emulator. The image has `bytes` bytes, or ends with itself where that is
  /// 0.
  virtual Failure loadModule(const void *image, size_t bytes,
                             void *&module) = 0;
  virtual Failure unloadModule(void *module) = 0;
  virtual Failure getFunction(void *module, const char *name,
                              void *&function) = 0;
  /// `parameters[i]` points to parameter i; the grid has blocks.
  virtual Failure launch(void *function, simt::Dim3 grid, simt::Dim3 block,
                         uint32_t sharedBytes, void *stream,
                         void **parameters) = 0;

  /// Memory of the device, or of host and device together.
  virtual Failure allocate(size_t bytes, bool isShared, void *&memory) = 0;
  virtual Failure free(void *memory) = 0;
  /// Between any two memories.
  virtual Failure copy(void *to, const void *from, size_t bytes,
                       void *stream) = 0;
  /// `count` elements of 2 or 4 bytes.
  virtual Failure fill(void *memory, uint32_t value, unsigned elementBytes,
                       size_t count, void *stream) = 0;
  /// Lets kernels see memory of the host, at the same address.
  virtual Failure registerHost(void *memory, size_t bytes) = 0;
  virtual Failure unregisterHost(void *memory) = 0;

  virtual Failure createStream(void *&stream) = 0;
  virtual Failure destroyStream(void *stream) = 0;
  virtual Failure synchronizeStream(void *stream) = 0;
  virtual Failure createEvent(void *&event) = 0;
  virtual Failure destroyEvent(void *event) = 0;
  virtual Failure recordEvent(void *event, void *stream) = 0;
  virtual Failure synchronizeEvent(void *event) = 0;
  virtual Failure waitForEvent(void *stream, void *event) = 0;
};

/// A device, or why there is none.
using DeviceOrFailure = std::variant<std::unique_ptr<Device>, std::string>;

/// GPU number `index` by NVIDIA's driver, which is opened now: without one, or
/// without such a GPU, the failure says so and what to do.
DeviceOrFailure openCuda(int index = 0);

/// What is told after each launch on the emulator: the kernel's name, and what
/// was counted.
using ReportHandler =
    std::function<void(const std::string &kernel, const simt::Report &report)>;

/// The SIMT emulator. `options.buffers` are its allocations, whatever is given.
std::unique_ptr<Device> createEmulator(simt::Options options = {},
                                       ReportHandler handler = {});

/// What the mgpu* calls use from now on, on all threads that have no
/// DeviceScope. Without one the first of them opens what the environment
/// variable LOWBIT_DEVICE names, "cuda" or "emulator"; "cuda" if it names
/// nothing.
void setDevice(std::shared_ptr<Device> device);

/// The device of the mgpu* calls of this thread, and nothing before there is
/// one.
std::shared_ptr<Device> getDevice();

/// The first failure of an mgpu* call of this thread since the last time it was
/// taken. After a failure the calls of the thread do nothing until it has been
/// taken, so that nothing is computed from what was never there. While nobody
/// has called this on the thread, failures are printed on standard error.
Failure takeFailure();

/// What the mgpu* calls of one thread go by.
struct ThreadCalls;

/// While it lives, `device` is what the mgpu* calls of this thread use; the one
/// of the process if it is null. Their failures are apart from those before and
/// after; one that nobody takes is printed at the end. Scopes nest.
class DeviceScope {
public:
  explicit DeviceScope(std::shared_ptr<Device> device);
  ~DeviceScope();
  DeviceScope(const DeviceScope &) = delete;
  DeviceScope &operator=(const DeviceScope &) = delete;

private:
  std::unique_ptr<ThreadCalls> calls;
  ThreadCalls *outer;
};

/// What calls of this thread make from here on belongs to its run.
void beginRun();

/// Waits for what the run of this thread has given to the device, so that the
/// memory of the host that it reads and writes may go. A failure in a run waits
/// by itself: the waits that come after it do nothing.
void waitForRun();

/// What the run of this thread has not given back: "2 allocations, 1 stream".
std::string describeRun();

/// Ends the run of this thread. One that is left in its middle, or whose calls
/// did nothing after a failure, leaves memory, streams and events on the
/// device: with `isLeft` they are given back.
void endRun(bool isLeft);

/// The functions that compiled host code calls, by name, for who links programs
/// in this process.
std::vector<std::pair<const char *, void *>> getFunctions();

} // namespace lowbit::runtime

#endif // LOWBIT_RUNTIME_DEVICE_H
