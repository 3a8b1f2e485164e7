//===- ProfileReport.h - What --profile prints and writes -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_PROFILEREPORT_H
#define LOWBIT_TOOLS_QUANT_RUN_PROFILEREPORT_H

#include "lowbit/Execution/Profile.h"
#include "lowbit/Runtime/Ceilings.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <optional>

namespace lowbit {

/// Times of ops beside what the processor can do at most.
class ProfileReport {
public:
  /// Measures the ceilings, of as many threads as run the model. `isa` is an
  /// instruction set of `convert-lowbit-to-x86` that there is.
  ProfileReport(unsigned threads, llvm::StringRef isa);

  /// Takes what has been measured.
  void add(const Profile &measured);

  /// Tables, op by op and kind by kind, the most time first.
  void print(llvm::raw_ostream &os) const;
  /// The same, with every op; `docs/performance.md` says what is what.
  llvm::json::Object toJson() const;

private:
  /// The ops of a kind as one, which has the kind's name for `op`: the kernel,
  /// or what ops without one are. What is in no op is a kind too.
  std::vector<TimedOp> getKinds() const;
  /// What is reached of the ceiling of its arithmetic, and of the memory's.
  std::optional<double> getShareOfProducts(const TimedOp &op) const;
  std::optional<double> getShareOfMemory(const TimedOp &op) const;
  std::string getText(const TimedOp &op) const;
  llvm::json::Object getNumbers(const TimedOp &op) const;

  unsigned threads;
  std::string isa;
  std::map<runtime::Ceiling, std::optional<double>> ceilings;
  Profile profile;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_PROFILEREPORT_H
