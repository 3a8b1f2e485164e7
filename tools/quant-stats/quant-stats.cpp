//===- quant-stats.cpp - Print and merge statistics of calibration --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/InputCounts.h"
#include "lowbit/Weights/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace lowbit;
using calibration::InputStatistics;
using calibration::Statistics;
namespace cl = llvm::cl;

namespace {

/// The command line; an object rather than globals, see quant-run.
struct Options {
  cl::OptionCategory category{"quant-stats options"};

  cl::list<std::string> paths{cl::Positional, cl::OneOrMore,
                              cl::desc("<statistics.safetensors>..."),
                              cl::cat(category)};
  cl::opt<std::string> outputPath{
      "o", cl::desc("Write the statistics of all files, merged, to this one"),
      cl::value_desc("file"), cl::cat(category)};
  cl::list<double> percentiles{
      "percentile",
      cl::desc(
          "Show the magnitudes that this many percent of all values do not "
          "exceed (default 99,99.9,99.99)"),
      cl::value_desc("percent,..."), cl::CommaSeparated, cl::cat(category)};
  cl::opt<bool> json{"json", cl::desc("Print JSON, with all layers by name"),
                     cl::cat(category)};
};

} // namespace

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "quant-stats") << message << '\n';
  return 1;
}

/// "99" or "99.99".
static std::string getText(double percent) {
  return llvm::formatv("{0}", llvm::format("%g", percent)).str();
}

static double getLargest(const InputStatistics &input) {
  double low = input.histogram.minimum(), high = input.histogram.maximum();
  return input.histogram.count() ? std::max(std::fabs(low), std::fabs(high))
                                 : 0;
}

static void print(const Statistics &statistics,
                  llvm::ArrayRef<double> percentiles) {
  llvm::raw_ostream &os = llvm::outs();
  std::vector<std::string> names{"input of"};
  size_t width = names[0].size();
  for (const InputStatistics &input : statistics.inputs()) {
    std::string name = input.layers.front();
    if (size_t more = input.layers.size() - 1)
      name += " and " + std::to_string(more) + " more";
    width = std::max(width, name.size());
    names.push_back(std::move(name));
  }
  os << llvm::left_justify(names[0], width)
     << "        rows  channels         min         max     max|x|";
  for (double percent : percentiles)
    os << llvm::right_justify(getText(percent) + "%", 12);
  os << "  X^T X\n";
  for (auto [i, input] : llvm::enumerate(statistics.inputs())) {
    const auto &channels = input.channels.channels();
    os << llvm::left_justify(names[i + 1], width)
       << llvm::format("%12lld%10lld%12.5g%12.5g%11.5g",
                       static_cast<long long>(channels.rows),
                       static_cast<long long>(channels.channels()),
                       input.histogram.minimum(), input.histogram.maximum(),
                       getLargest(input));
    for (double percent : percentiles)
      os << llvm::format("%12.5g",
                         input.histogram.magnitudePercentile(percent));
    os << (input.hasSecondMoments() ? "    yes" : "     no") << '\n';
  }
  os << calibration::describeInputs(statistics) << '\n';
}

static void printJson(const Statistics &statistics,
                      llvm::ArrayRef<double> percentiles) {
  // JSON has no infinity, the range of nothing.
  auto number = [](double x) -> llvm::json::Value {
    return std::isfinite(x) ? llvm::json::Value(x) : nullptr;
  };
  llvm::json::Array inputs;
  for (const InputStatistics &input : statistics.inputs()) {
    llvm::json::Object values;
    for (double percent : percentiles)
      values[getText(percent)] = input.histogram.magnitudePercentile(percent);
    inputs.push_back(
        llvm::json::Object{{"layers", llvm::json::Array(input.layers)},
                           {"rows", input.channels.channels().rows},
                           {"channels", input.channels.channels().channels()},
                           {"min", number(input.histogram.minimum())},
                           {"max", number(input.histogram.maximum())},
                           {"max_magnitude", getLargest(input)},
                           {"percentiles", std::move(values)},
                           {"second_moments", input.hasSecondMoments()}});
  }
  llvm::json::Object object{{"inputs", std::move(inputs)}};
  if (!statistics.model().empty())
    object["model"] = statistics.model();
  llvm::outs() << llvm::formatv("{0:2}\n",
                                llvm::json::Value(std::move(object)));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Print and merge statistics of calibration (quant-run --collect)\n\n"
      "  quant-stats stats.safetensors\n"
      "  quant-stats stats.safetensors --percentile=99.5,99.999 --json\n"
      "  quant-stats monday.safetensors tuesday.safetensors "
      "-o both.safetensors\n\n"
      "Each line is about one activation: the layer that reads it, how many\n"
      "others do, the rows (tokens, pixels) seen, the range of its values, "
      "and\n"
      "the magnitudes that a percentage of them do not exceed. Where the last\n"
      "are far below the largest, few values would take most of the codes:\n"
      "clip, or choose AWQ or SmoothQuant. GPTQ needs X^T X (--gram), that of\n"
      "convolutions as patches, a second line. The last line counts layers.\n");

  std::vector<double> percentiles(flags.percentiles.begin(),
                                  flags.percentiles.end());
  if (percentiles.empty())
    percentiles = {99, 99.9, 99.99};
  for (double percent : percentiles)
    if (!(percent >= 0 && percent <= 100))
      return fail("--percentile=" + getText(percent) +
                  ": give numbers from 0 to 100");
  if (!flags.outputPath.empty()) {
    // Before the work starts. Not committed: nothing is left of it.
    auto file = weights::OutputFile::create(flags.outputPath);
    if (!file)
      return fail(file.message());
  }

  auto statistics = Statistics::read(flags.paths[0]);
  if (!statistics)
    return fail(statistics.message());
  for (const std::string &path : llvm::drop_begin(flags.paths)) {
    auto more = Statistics::read(path);
    if (!more)
      return fail(more.message());
    if (auto status = statistics->merge(*more); !status)
      return fail(status.message());
  }
  if (!flags.outputPath.empty())
    if (auto status = statistics->write(flags.outputPath); !status)
      return fail(status.message());
  if (flags.json)
    printJson(*statistics, percentiles);
  else
    print(*statistics, percentiles);
  return 0;
}
