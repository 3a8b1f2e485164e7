//===- AttentionRun.h - Kernels of attention on the emulator ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONRUN_H
#define LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONRUN_H

#include "AttentionArray.h"

#include "lowbit/Execution/EmulatedKernels.h"
#include "lowbit/Kernels/NVVM/Attention.h"

#include <limits>
#include <string>
#include <vector>

namespace lowbit::test {

/// Sizes and run-time arguments of one launch.
struct AttentionSizes {
  int64_t sequences = 1, heads = 1, keyHeads = 1;
  /// Of each sequence, if it has a length of its own; else the first counts.
  std::vector<int64_t> queries, keys;
  /// Keys that there are of each sequence, where lengths are others; 0 for the
  /// greatest length.
  int64_t availableKeys = 0;
  /// Before the first query's place, where the spec asks.
  int64_t pastKeys = 0;
  int64_t windowLeft = 0, windowRight = 0;
  double scale = 0, cap = 0;
  int64_t splits = 1, keysPerPage = 16;
  /// Heads beside each other in a row, [B, S, H, D], not rows in a head.
  bool headsInRows = false;
  /// One scale for all rows of encoded keys or values.
  bool oneScale = false;
  /// Codes are of numbers up to this: denormals alone, if it is small.
  double largestCode = std::numeric_limits<double>::infinity();
  /// Which of batch, head and query row share a mask; its keys if none differ.
  bool maskSharedBySequences = false, maskSharedByHeads = false;
  /// Share of keys that a mask hides; 1 hides all keys of some rows.
  double hidden = 0.3;
  /// What an additive mask has for a key that it hides.
  double hiddenValue = -std::numeric_limits<double>::infinity();
  uint64_t seed = 1;
};

/// A kernel, built and compiled once, launched for any sizes.
class AttentionRun {
public:
  /// Without `checks` the emulator neither checks nor counts.
  explicit AttentionRun(const nvvm::AttentionSpec &spec, bool checks = true);
  ~AttentionRun();

  /// Runs on random numbers, with all checks there are, and compares each
  /// element of the output with softmax in double precision: "" if all are
  /// within the bound that the roundings of the kernel allow.
  std::string run(const AttentionSizes &sizes,
                  const simt::Options &options = {});

  /// Of the last run; the processor's time of its launches.
  simt::Report report;
  Bytes output;
  double seconds = 0;

private:
  struct Kernel;
  std::unique_ptr<Kernel> kernel;
  nvvm::AttentionSpec spec;
};

} // namespace lowbit::test

#endif // LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONRUN_H
