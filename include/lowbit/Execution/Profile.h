//===- Profile.h - What the time of runs is spent on ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_PROFILE_H
#define LOWBIT_EXECUTION_PROFILE_H

#include <cstdint>
#include <string>
#include <vector>

namespace lowbit {

/// An op of a compiled model, and what it has cost in all runs together. Texts
/// that say nothing are empty; see `lowbit-insert-timers`.
struct TimedOp {
  /// "linalg.generic", "func.call", ...
  std::string op;
  /// A name of the imported model, else file and line.
  std::string place;
  std::string layer;
  /// The function of the generated kernel.
  std::string kernel;
  /// "subf, exp": the body of an op without kernel.
  std::string computes;
  /// What is multiplied and summed: "int8", "bf16" or "f32".
  std::string products;
  /// Of the kernel's machine code, parallel loops included.
  uint64_t codeBytes = 0;

  uint64_t count = 0;
  double seconds = 0;
  /// Of products alone, two for each.
  uint64_t operations = 0;
  /// Of all buffers that are read or written, each once for a use.
  uint64_t bytes = 0;
};

/// Runs of one program since the last reset.
struct Profile {
  std::vector<TimedOp> ops;
  uint64_t runs = 0;
  /// Of these runs, and the part of it that was spent outside of all ops.
  double seconds = 0;
  double restSeconds = 0;

  /// Forgets all runs.
  void reset();
};

} // namespace lowbit

#endif // LOWBIT_EXECUTION_PROFILE_H
