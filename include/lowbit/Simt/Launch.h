//===- Launch.h - Runs a kernel on the emulator -----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_SIMT_LAUNCH_H
#define LOWBIT_SIMT_LAUNCH_H

#include "lowbit/Simt/Abi.h"
#include "lowbit/Simt/Counters.h"
#include "lowbit/Simt/Result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace lowbit::simt {

/// A kernel compiled for the host.
struct Kernel {
  std::string name;
  LowbitSimtEntry entry = nullptr;
  /// Threads run with denormals of f32 flushed to zero, in and out, as a kernel
  /// compiled with denormal-fp-math-f32 = preserve-sign runs on a GPU.
  bool flushDenormals = false;
};

/// Global memory that the kernel may touch.
struct Buffer {
  const void *base = nullptr;
  size_t bytes = 0;
  /// For messages.
  std::string name;
  bool writable = true;
};

/// When the bytes of an asynchronous copy move. All are allowed to hardware.
enum class Completion {
  /// When its thread waits for it: shows waits that are missing.
  Lazy,
  /// At once: shows buffers that are reused too early.
  Eager,
  /// Somewhere between, by the seed.
  Random,
};

struct Options {
  /// Threads of the host; 0 means one per processor. Results do not depend on
  /// it, unless blocks exchange data.
  unsigned threads = 0;
  Completion completion = Completion::Lazy;
  /// Warps, and lanes within a warp, run in an order drawn from the seed at
  /// each turn, not in ascending order.
  bool randomOrder = false;
  /// Of Completion::Random and randomOrder.
  uint64_t seed = 1;
  /// Finds everything of Detector. Without, only what is found for free:
  /// deadlock, divergence, alignment and bounds of copies and ldmatrix, and
  /// accesses to no memory at all.
  bool checks = true;
  /// Fills Report::counters.
  bool counters = false;
  /// If there are any, accesses to global memory outside of them are errors;
  /// needs checks.
  std::vector<Buffer> buffers;
  /// Stack of each emulated thread; a page that no one may touch lies below.
  size_t stackBytes = 64 << 10;
};

/// What a launch that went well tells.
struct Report {
  Counters counters;
};

/// Runs `kernel` for all threads of all blocks, and returns when all are done
/// or one has an error; with several, the error of the first block in the order
/// x, y, z counts. `parameters` is what the entry gets. `sharedBytes` is at
/// most 256 KiB; shared memory is filled with 0xff for every block.
///
/// May be called from several threads at once, but not from a kernel. While a
/// launch runs, a handler for SIGSEGV and SIGBUS is installed that passes on
/// what is none of its business.
Result<Report> launch(const Kernel &kernel, Dim3 grid, Dim3 block,
                      size_t sharedBytes, void **parameters,
                      const Options &options = {});

} // namespace lowbit::simt

#endif // LOWBIT_SIMT_LAUNCH_H
