//===- Options.cpp - The command line of quant-run ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "Comparison.h"
#include "llvm/ADT/STLExtras.h"

using namespace lowbit;

/// More than anyone waits for.
static constexpr unsigned mostRuns = 1'000'000;
/// More than processors have; far more cannot be started.
static constexpr unsigned mostThreads = 1024;

std::vector<std::string> lowbit::getDefaultCandidates() {
  return {"int2-g32", "int3-g64", "int3-g32", "nf4-g64-dq", "int4-g64",
          "int4-g32", "int5-g64", "int6-g64", "int8-g128"};
}

std::string Options::check() const {
  if (runs.getNumOccurrences() && !measures())
    return "--runs needs --time or --profile";
  if (measureTime && profiles())
    return "--time and --profile are two measurements: give one of them";
  if (runs == 0)
    return "--runs=0: there is nothing to measure; give 1 or more";
  if (runs > mostRuns)
    return "--runs=" + std::to_string(runs) + ": give at most " +
           std::to_string(mostRuns);
  if (threads == 0)
    return "--threads=0: nothing would run; give 1 or more";
  if (threads > mostThreads)
    return "--threads=" + std::to_string(threads) + ": give at most " +
           std::to_string(mostThreads);
  if (tolerance.getNumOccurrences()) {
    if (comparePath.empty())
      return "--tolerance needs --compare with a file of expected results";
    if (!(tolerance >= 0))
      return "--tolerance=" + formatNumber("%g", tolerance) +
             ": no error is as small; give 0 or more";
  }
  if (!reportPath.empty() && comparePath.empty())
    return "--report needs --compare with a file of expected results";
  if (preload && weightsPath.empty())
    return "--preload needs --weights with the file to read";
  if (failOnFallback && lowering != Lowering::X86)
    return "--fail-on-fallback needs --lowering=x86: the reference lowerings "
           "use no kernels";
  if (json && !measures() && comparePath.empty())
    return "--json needs --time, --profile or --compare: there is nothing to "
           "print";
  if (std::string wrong = device.check(); !wrong.empty())
    return wrong;
  if (profiles() && device.isThere())
    return "--profile measures the CPU: it cannot go with --device";
  if (json && device.counts())
    return "--emulator-counters prints tables: it cannot go with --json";
  // References: the address of a list is that of its values.
  using OptionRef = std::reference_wrapper<const cl::Option>;
  auto findGiven = [](std::initializer_list<OptionRef> options) {
    for (const cl::Option &option : options)
      if (option.getNumOccurrences())
        return "--" + option.ArgStr.str();
    return std::string();
  };
  if (std::string given = findGiven({candidates, statisticsPath});
      !given.empty() && sensitivityPath.empty())
    return given + " needs --sensitivity with the file to write";
  if (collectPath.empty()) {
    if (std::string given = findGiven({gram, layers}); !given.empty())
      return given + " needs --collect with a file to write";
    if (std::string given = findGiven({samplePaths, batch});
        !given.empty() && sensitivityPath.empty())
      return given + " needs --collect or --sensitivity with a file to write";
    if (sensitivityPath.empty())
      return "";
  }
  if (batch < 0)
    return "--batch=" + std::to_string(batch) +
           ": give 1 or more, or 0 for whole files";
  std::string mode = collectPath.empty() ? "--sensitivity" : "--collect";
  if (std::string given =
          findGiven({outputPath, comparePath, measureTime, profilePath});
      !given.empty())
    return given + " cannot go with " + mode +
           ", which runs the model on many samples and keeps no results";
  if (collectPath.empty())
    return inputPaths.empty() || !samplePaths.empty()
               ? ""
               : "--input is what is the same for all samples: --sensitivity "
                 "needs --samples beside it";
  if (!sensitivityPath.empty())
    return "--collect and --sensitivity are two runs: give one of them";
  if (samplePaths.empty())
    return "--collect needs --samples with files to run the model on";
  if (!llvm::StringRef(collectPath).ends_with(".safetensors"))
    return "--collect=" + collectPath +
           ": statistics are a .safetensors file; name one";
  return "";
}
