//===- Faults.h - Signals that a kernel raises become errors ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_FAULTS_H
#define LOWBIT_LIB_SIMT_FAULTS_H

#include <cstddef>

namespace lowbit::simt {

/// While one lives, SIGSEGV, SIGBUS, SIGFPE and SIGILL of fibers end their
/// block with an error; others go to whoever handled them before.
class FaultHandlers {
public:
  FaultHandlers();
  ~FaultHandlers();
  FaultHandlers(const FaultHandlers &) = delete;
  FaultHandlers &operator=(const FaultHandlers &) = delete;
};

/// A stack on which this host thread handles signals, for a fiber may have used
/// up its own.
class SignalStack {
public:
  SignalStack();
  ~SignalStack();
  SignalStack(const SignalStack &) = delete;
  SignalStack &operator=(const SignalStack &) = delete;

private:
  static constexpr size_t bytes = 64 << 10;
  void *memory = nullptr;
  void *previous = nullptr;
  size_t previousBytes = 0;
  int previousFlags = 0;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_FAULTS_H
