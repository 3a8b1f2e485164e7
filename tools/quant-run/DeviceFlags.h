//===- DeviceFlags.h - Options about GPUs and the emulator ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_DEVICEFLAGS_H
#define LOWBIT_TOOLS_QUANT_RUN_DEVICEFLAGS_H

#include "lowbit/Execution/Program.h"
#include "llvm/Support/CommandLine.h"

#include <map>

namespace lowbit {

/// What the launches of each kernel did, added up.
class LaunchCounters {
public:
  void add(const std::string &kernel, const simt::Report &report);
  void print(llvm::raw_ostream &os) const;

private:
  struct Launches {
    unsigned count = 0;
    simt::Counters counters;
  };
  std::map<std::string, Launches> kernels;
};

/// The part of the command line that says where attention is computed.
class DeviceFlags {
public:
  explicit DeviceFlags(llvm::cl::OptionCategory &category);

  /// What is wrong with the options together; empty if nothing is.
  std::string check() const;

  /// `counters` lives as long as the program.
  void apply(CompileOptions &options, LaunchCounters &counters) const;

  bool counts() const { return counters; }
  bool isThere() const { return device != DeviceKind::Cpu; }

private:
  llvm::cl::opt<DeviceKind> device;
  llvm::cl::opt<std::string> chip;
  llvm::cl::opt<std::string> attentionElement;
  llvm::cl::opt<bool> fallback;
  llvm::cl::opt<simt::Completion> copies;
  llvm::cl::opt<uint64_t> seed;
  llvm::cl::opt<bool> counters;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_DEVICEFLAGS_H
