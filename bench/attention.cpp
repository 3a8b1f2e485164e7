//===- attention.cpp - Kernels of attention on the emulator ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the emulator takes for one head of 1024 queries and keys, on one thread
// of the host: medians of the processor's time, rows interleaved, beside goals.
// Each result is compared with softmax in double precision.
//
//===----------------------------------------------------------------------===//

#include "AttentionRun.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;

namespace {

/// How much the emulator looks at.
enum class Looks { Nothing, Checks, Counts };

struct Row {
  const char *name;
  Half element;
  int64_t headSize;
  std::optional<Codes> codes;
  Looks looks;
  /// Milliseconds; 0 for none.
  double goal;
};

constexpr Row rows[] = {
    {"bf16 d=64", Half::BF16, 64, std::nullopt, Looks::Nothing, 95},
    {"bf16 d=64, checked", Half::BF16, 64, std::nullopt, Looks::Checks, 0},
    {"bf16 d=64, counted", Half::BF16, 64, std::nullopt, Looks::Counts, 0},
    {"f16 d=64", Half::F16, 64, std::nullopt, Looks::Nothing, 0},
    {"bf16 d=128", Half::BF16, 128, std::nullopt, Looks::Nothing, 0},
    {"f16 d=64, i8", Half::F16, 64, Codes::I8, Looks::Nothing, 0},
};

AttentionSpec getSpec(const Row &row) {
  AttentionSpec spec;
  spec.target = *Target::get("sm_80");
  spec.element = row.element;
  spec.headSize = spec.valueSize = row.headSize;
  if (row.codes)
    spec.key = spec.value = {row.codes, ScaleType::F32};
  return spec;
}

simt::Options getOptions(const Row &row) {
  simt::Options options;
  options.threads = 1;
  options.checks = row.looks == Looks::Checks;
  options.counters = row.looks == Looks::Counts;
  return options;
}

/// Whether all goals are met; an error of a kernel ends the program.
bool measure(unsigned rounds) {
  AttentionSizes sizes;
  sizes.queries = sizes.keys = {1024};
  std::deque<AttentionRun> kernels;
  for (const Row &row : rows)
    kernels.emplace_back(getSpec(row), row.looks != Looks::Nothing);
  std::vector<double> times[std::size(rows)];
  for (unsigned round = 0; round < rounds; ++round)
    for (size_t i = 0; i < std::size(rows); ++i) {
      std::string wrong = kernels[i].run(sizes, getOptions(rows[i]));
      if (!wrong.empty()) {
        std::fprintf(stderr, "%s: %s\n", rows[i].name, wrong.c_str());
        std::exit(1);
      }
      times[i].push_back(kernels[i].seconds * 1e3);
    }
  bool met = true;
  std::printf("%-22s %8s %8s %8s\n", "kernel", "ms", "best", "goal");
  for (size_t i = 0; i < std::size(rows); ++i) {
    std::sort(times[i].begin(), times[i].end());
    double median = times[i][times[i].size() / 2];
    std::printf("%-22s %8.1f %8.1f", rows[i].name, median, times[i].front());
    if (rows[i].goal > 0)
      std::printf(" %8.1f%s", rows[i].goal,
                  median > rows[i].goal ? "  missed" : "");
    std::printf("\n");
    met &= rows[i].goal == 0 || median <= rows[i].goal;
  }
  return met;
}

} // namespace

int main(int argc, char **argv) {
  unsigned rounds = argc == 2 ? std::atoi(argv[1]) : 9;
  if (argc > 2 || rounds == 0) {
    std::printf("usage: lowbit-bench-attention [ROUNDS]\n\n"
                "Milliseconds that the emulator takes for one head of attention "
                "of 1024 queries\nand keys on one thread: the median and the "
                "best of ROUNDS (9), beside the goal.\nThe exit status is 1 if "
                "a goal is missed.\n");
    return argc == 2 && std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  return measure(rounds) ? 0 : 1;
}
