//===- Timers.h - The timers of a module and a profile ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_TIMERS_H
#define LOWBIT_LIB_EXECUTION_TIMERS_H

#include "lowbit/Execution/Profile.h"
#include "mlir/IR/BuiltinOps.h"

#include <chrono>

namespace lowbit {

/// Makes the ops of `profile` those that lowbit-insert-timers has listed on the
/// module, and removes the list.
void connectTimers(mlir::ModuleOp module, Profile &profile);

/// Attributes the time of one run to the ops of a profile.
class RunClock {
public:
  /// Starts. Null measures nothing.
  explicit RunClock(Profile *profile);

  /// The time since the last mark is that of the op `number`, or of none if
  /// it is negative.
  void mark(int64_t number, int64_t operations, int64_t bytes);
  /// Ends a run that has come to its end.
  void end();

private:
  using Clock = std::chrono::steady_clock;
  /// The seconds since `since`, which becomes now.
  static double lap(Clock::time_point &since);

  Profile *profile;
  Clock::time_point start, last;
};

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_TIMERS_H
