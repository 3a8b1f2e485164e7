//===- ceilings.cpp - Prints what this processor can do at most -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Ceilings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace lowbit::runtime;

namespace {

constexpr const char *usage =
    "usage: lowbit-bench-ceilings [--threads=N] [--serve]\n\n"
    "Prints as JSON what N threads (1) reach of arithmetic in registers, in\n"
    "10^9 operations per second, and of memory being read, in GB/s; null "
    "where\n"
    "the processor lacks the instructions. Names: int8_gops (vpdpbusd),\n"
    "bf16_gflops (vdpbf16ps), f32_gflops (fused multiply-add), dram_gbs.\n\n"
    "With --serve each line of the input is a list of such names, and is\n"
    "answered by a line of JSON with these alone; an empty line by all.\n";

/// A line of JSON with what `names` names, all if nothing.
std::string getLine(const CeilingMeter &meter, const std::string &names) {
  std::istringstream words(names);
  std::vector<std::string> wanted{std::istream_iterator<std::string>(words),
                                  {}};
  std::string text;
  for (Ceiling ceiling : allCeilings) {
    std::string_view name = getName(ceiling);
    if (!wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), name) == wanted.end())
      continue;
    std::optional<double> value = meter.measure(ceiling);
    char number[64];
    std::snprintf(number, sizeof number, value ? "%.2f" : "null",
                  value.value_or(0));
    text += std::string(text.empty() ? "" : ", ") + "\"" + std::string(name) +
            "\": " + number;
  }
  return "{" + text + "}";
}

} // namespace

int main(int argc, char **argv) {
  unsigned threads = 1;
  bool serves = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--serve") {
      serves = true;
    } else if (argument.starts_with("--threads=") &&
               (threads = std::atoi(argv[i] + std::strlen("--threads="))) >=
                   1 &&
               threads <= 1024) {
      continue;
    } else {
      std::fputs(usage, argument == "--help" ? stdout : stderr);
      return argument == "--help" ? 0 : 2;
    }
  }
  CeilingMeter meter(threads);
  if (!serves) {
    std::cout << getLine(meter, "") << std::endl;
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);)
    std::cout << getLine(meter, line) << std::endl;
  return 0;
}
