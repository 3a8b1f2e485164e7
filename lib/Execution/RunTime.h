//===- RunTime.h - What compiled code calls in this process -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_RUNTIME_H
#define LOWBIT_LIB_EXECUTION_RUNTIME_H

#include "lowbit/Calibration/Collector.h"
#include "lowbit/Execution/Profile.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"

namespace lowbit {

/// Where compiled code shows what it observes: the observers of a collector by
/// the numbers that the code knows them by.
struct Observation {
  calibration::Collector *collector = nullptr;
  std::vector<size_t> numbers;
};

/// Gives compiled code the functions that it calls by name: those that report
/// assertions, take what is observed, allocate or free memory, and what runtime
/// libraries may lack.
void registerRunTime(mlir::ExecutionEngine &engine);

/// Calls `function`. Fails with the message of a run-time assertion that does
/// not hold, or of the collector that refuses a value, or if there is not
/// enough memory; buffers that the run has allocated are freed then. In a
/// parallel region of several threads such an error ends the process. What its
/// timers say goes to `profile`, null if it has none; of a run that fails, the
/// ops that have run count.
llvm::Error invoke(mlir::ExecutionEngine &engine, llvm::StringRef function,
                   llvm::MutableArrayRef<void *> arguments,
                   const Observation &observation, Profile *profile);

/// Frees a buffer that compiled code has allocated, as its results are. Null is
/// none.
void freeBuffer(void *buffer);

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_RUNTIME_H
