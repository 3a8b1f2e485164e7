//===- quant-run.cpp - Compile a model for this processor and run it ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collect.h"
#include "DeviceFlags.h"
#include "Inputs.h"
#include "ModelReport.h"
#include "Report.h"
#include "Samples.h"
#include "lowbit/Execution/MeasureSensitivity.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Pipelines/Diagnostics.h"
#include "lowbit/Weights/OutputFile.h"
#include "lowbit/Weights/TensorFile.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <chrono>

using namespace lowbit;
namespace cl = llvm::cl;

/// Encodings from 2 to 8 bits of which a choice is worth having: of those of
/// about the same size the ones that are mostly better.
static std::vector<std::string> getDefaultCandidates() {
  return {"int2-g32", "int3-g64", "int3-g32", "nf4-g64-dq", "int4-g64",
          "int4-g32", "int5-g64", "int6-g64", "int8-g128"};
}

namespace {

/// More than anyone waits for.
constexpr unsigned mostRuns = 1'000'000;
/// More than processors have; far more cannot be started.
constexpr unsigned mostThreads = 1024;

/// The command line. An object rather than globals: LLVM's own options, which
/// a user of this tool has no use for and some of whose names it takes, go
/// before it is made.
struct Options {
  cl::OptionCategory category{"quant-run options"};

  cl::opt<std::string> modelPath{cl::Positional, cl::Required,
                                 cl::desc("<model.mlir or .mlirbc>"),
                                 cl::cat(category)};
  cl::opt<std::string> weightsPath{
      "weights",
      cl::desc("Safetensors file, or index of a sharded set, with the "
               "model's weights"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> preload{
      "preload",
      cl::desc("Read --weights into memory in huge pages, which cores read "
               "faster, rather than map the file; what is packed for this run "
               "is there anyway"),
      cl::cat(category)};
  cl::list<std::string> inputPaths{
      "input",
      cl::desc("File with inputs (.npz or .safetensors by name: lowbit.name of "
               "an argument, else input0, input1, ...; .npy in the order of "
               "the function's arguments); repeatable"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> outputPath{
      "output",
      cl::desc("Write the results to this .npz, .npy or .safetensors "
               "file"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> comparePath{
      "compare",
      cl::desc("File with expected results, of the same types: print cosine, "
               "SQNR and largest error of each"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<double> tolerance{
      "tolerance",
      cl::desc("With --compare: fail if an error is larger than this, or NaN "
               "(default: never); 0 asks for equal results"),
      cl::value_desc("error"), cl::cat(category)};
  cl::opt<std::string> reportPath{
      "report",
      cl::desc("With --compare: add the comparison, as total.output, to this "
               "report of quant-opt (--lowbit-quantize=\"report=FILE ...\")"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> collectPath{
      "collect",
      cl::desc("Calibrate: run the model on --samples and write statistics of "
               "what its layers read to this .safetensors file"),
      cl::value_desc("file"), cl::cat(category)};
  cl::list<std::string> samplePaths{
      "samples",
      cl::desc("With --collect or --sensitivity: file with samples along the "
               "first axis of each "
               "tensor (.npz or .safetensors by name, .npy); repeatable. "
               "--input gives what is the same for all samples"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<int64_t> batch{
      "batch",
      cl::desc(
          "With --samples: how many samples to run at once where the model "
          "takes any number (default 32); 0 for whole files"),
      cl::value_desc("count"), cl::init(32), cl::cat(category)};
  cl::opt<bool> gram{"gram",
                     cl::desc("With --collect: second moments X^T X too, which "
                              "GPTQ and SparseGPT need"),
                     cl::cat(category)};
  cl::opt<std::string> layers{
      "layers",
      cl::desc("With --collect: only layers whose whole name matches this "
               "regular expression (default all)"),
      cl::value_desc("regex"), cl::cat(category)};
  cl::opt<std::string> sensitivityPath{
      "sensitivity",
      cl::desc("Measure what encodings of each weight do to the results for "
               "--samples, or without samples to the weight, and write that to "
               "this JSON file, for an automatic choice by quant-opt "
               "(--lowbit-quantize=\"recipe=auto-4.5 sensitivity=FILE ...\")"),
      cl::value_desc("file"), cl::cat(category)};
  /// Options keep a reference to their text.
  std::string candidatesText =
      "With --sensitivity: the encodings, shorthands of recipes for weights "
      "alone (default " +
      llvm::join(getDefaultCandidates(), ",") + ")";
  cl::list<std::string> candidates{"candidates", cl::desc(candidatesText),
                                   cl::value_desc("name,name,..."),
                                   cl::CommaSeparated, cl::cat(category)};
  cl::opt<std::string> statisticsPath{
      "statistics",
      cl::desc("With --sensitivity: the statistics that --collect wrote, for "
               "candidates whose method asks for them (gptq-int4-g128, ...)"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> measureTime{"time",
                            cl::desc("Measure the time of a run: median and "
                                     "fastest of several"),
                            cl::cat(category)};
  cl::opt<unsigned> runs{"runs",
                         cl::desc("With --time: how many runs to measure, "
                                  "after two that do not count "
                                  "(default 20)"),
                         cl::value_desc("count"), cl::init(20),
                         cl::cat(category)};
  cl::opt<unsigned> threads{
      "threads", cl::desc("Threads to run on, 1 or more (default 1)"),
      cl::value_desc("count"), cl::init(1), cl::cat(category)};
  cl::opt<std::string> function{"function",
                                cl::desc("Function to run (default main)"),
                                cl::init("main"), cl::cat(category)};
  cl::opt<std::string> isa{"isa",
                           cl::desc("Instruction set: host, avx512bf16, "
                                    "avx512vnni, avx512, avxvnni, avx2 or sse2 "
                                    "(default host)"),
                           cl::init("host"), cl::cat(category)};
  cl::opt<Lowering> lowering{
      "lowering", cl::desc("How to compute (default x86):"),
      cl::values(clEnumValN(Lowering::X86, "x86", "generated kernels"),
                 clEnumValN(Lowering::Decode, "decode",
                            "reference: decode, then compute with reals"),
                 clEnumValN(Lowering::Integer, "integer",
                            "reference: integer contractions on codes")),
      cl::init(Lowering::X86), cl::cat(category)};
  DeviceFlags device{category};
  cl::opt<bool> failOnFallback{
      "fail-on-fallback",
      cl::desc("With --lowering=x86: fail if a contraction on encoded operands "
               "has no kernel (default: compute it without, with a remark)"),
      cl::cat(category)};
  cl::opt<bool> json{
      "json", cl::desc("With --time or --compare: print what they say as JSON"),
      cl::cat(category)};

  /// What is wrong with the options together, in the words of an error; empty
  /// if nothing is.
  std::string check() const;
};

} // namespace

std::string Options::check() const {
  if (runs.getNumOccurrences() && !measureTime)
    return "--runs needs --time";
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
  if (json && !measureTime && comparePath.empty())
    return "--json needs --time or --compare: there is nothing to print";
  if (std::string wrong = device.check(); !wrong.empty())
    return wrong;
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
  if (std::string given = findGiven({outputPath, comparePath, measureTime});
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

/// Whether the file of the option `name` would take the place of one that is
/// read.
static weights::Status checkReplaced(const Options &flags,
                                     const std::string &output,
                                     const char *name) {
  std::vector<std::string> read(flags.inputPaths.begin(),
                                flags.inputPaths.end());
  read.insert(read.end(), flags.samplePaths.begin(), flags.samplePaths.end());
  read.insert(read.end(), {flags.modelPath, flags.weightsPath,
                           flags.comparePath, flags.reportPath});
  // Also the shards of a set; what is wrong with one is said where it is read.
  auto set = weights::WeightsFile::open(flags.weightsPath);
  if ((set && set->isReplacedBy(output)) ||
      llvm::any_of(read, [&](const std::string &path) {
        return weights::replaces(output, path);
      }))
    return weights::fileError(
        output,
        std::string("is a file that is being read; name another with ") + name);
  return {};
}

/// Whether a file could be written, before the work starts.
static weights::Status checkWritable(const std::string &path) {
  // Not committed: nothing is left of it.
  auto file = weights::OutputFile::create(path);
  return file ? weights::Status() : weights::Status(file.takeError());
}

/// The same for results.
static weights::Status checkOutput(llvm::StringRef path) {
  if (!path.ends_with(".npy") && !path.ends_with(".npz") &&
      !path.ends_with(".safetensors"))
    return weights::fileError(path, "has an unknown extension; name a .npy, "
                                    ".npz or .safetensors file");
  return checkWritable(path.str());
}

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "quant-run") << message << '\n';
  return 1;
}

/// Says what `error` is, unless a diagnostic has.
static int fail(llvm::Error error) {
  if (error.isA<DiagnosedError>()) {
    llvm::consumeError(std::move(error));
    return 1;
  }
  return fail(llvm::toString(std::move(error)));
}

/// Measures what the candidates do to `module` and writes that down.
static llvm::Error measure(mlir::ModuleOp module, const CompileOptions &compile,
                           const Options &flags,
                           std::vector<InputFile> sampleFiles,
                           std::vector<InputFile> inputFiles) {
  SensitivityOptions options;
  options.compile = compile;
  options.candidates.assign(flags.candidates.begin(), flags.candidates.end());
  if (options.candidates.empty())
    options.candidates = getDefaultCandidates();
  options.statistics = flags.statisticsPath;
  options.threads = flags.threads;
  options.progress = &llvm::errs();
  SampleSource source;
  if (!sampleFiles.empty())
    source =
        [&](llvm::ArrayRef<Port> ports) -> llvm::Expected<std::vector<Sample>> {
      auto samples = Samples::create(std::move(sampleFiles),
                                     std::move(inputFiles), ports, flags.batch);
      if (!samples)
        return samples.takeError();
      for (const std::string &warning : samples->warnings())
        llvm::WithColor::warning(llvm::errs(), "quant-run") << warning << '\n';
      std::vector<Sample> batches;
      for (size_t i = 0; i < samples->numBatches(); ++i)
        batches.push_back(samples->getInputs(i));
      return batches;
    };
  setNumThreads(flags.threads);
  auto measured = measureSensitivity(module, options, source);
  if (!measured)
    return measured.takeError();
  return measured->write(flags.sensitivityPath);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compile a model for this processor and run it\n\n"
      "  quant-run model.mlir --weights=w.safetensors --input ids.npz "
      "--output out.npz\n"
      "  quant-run model.mlir --weights=w.safetensors --input ids.npz --time "
      "--threads=2\n"
      "  quant-run model.mlir --weights=w.safetensors "
      "--samples texts.npz --collect=stats.safetensors\n");

  if (std::string problem = flags.check(); !problem.empty())
    return fail(problem);
  if (!flags.outputPath.empty()) {
    if (auto status = checkReplaced(flags, flags.outputPath, "--output");
        !status)
      return fail(status.message());
    if (auto status = checkOutput(flags.outputPath); !status)
      return fail(status.message());
  }
  if (!flags.sensitivityPath.empty())
    if (auto status = checkWritable(flags.sensitivityPath); !status)
      return fail(status.message());
  weights::TensorMap expected;
  if (!flags.comparePath.empty()) {
    auto tensors = weights::readTensors(flags.comparePath);
    if (!tensors)
      return fail(tensors.message());
    expected = std::move(*tensors);
  }
  std::optional<ModelReport> modelReport;
  if (!flags.reportPath.empty()) {
    auto opened = ModelReport::open(flags.reportPath);
    if (!opened)
      return fail(opened.takeError());
    modelReport = std::move(*opened);
  }
  if (!flags.collectPath.empty()) {
    if (auto status = checkReplaced(flags, flags.collectPath, "--collect");
        !status)
      return fail(status.message());
    if (auto status = checkWritable(flags.collectPath); !status)
      return fail(status.message());
  }
  auto inputFiles = readInputFiles(flags.inputPaths);
  if (!inputFiles)
    return fail(inputFiles.takeError());
  auto sampleFiles = readInputFiles(flags.samplePaths);
  if (!sampleFiles)
    return fail(sampleFiles.takeError());

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  printNamedLocations(&context);
  auto module =
      mlir::parseSourceFile<mlir::ModuleOp>(flags.modelPath, sources, &context);
  if (!module)
    return 1; // The parser has said why.

  CompileOptions options;
  options.function = flags.function;
  options.lowering = flags.lowering;
  options.isa = flags.isa;
  options.failOnFallback = flags.failOnFallback;
  LaunchCounters launches;
  flags.device.apply(options, launches);
  options.weights = flags.weightsPath;
  options.preload = flags.preload;
  if (!flags.collectPath.empty()) {
    llvm::Error error = collect(*module, options,
                                {flags.collectPath, std::move(*sampleFiles),
                                 std::move(*inputFiles), flags.batch,
                                 flags.gram, flags.layers, flags.threads});
    return error ? fail(std::move(error)) : 0;
  }
  if (!flags.sensitivityPath.empty()) {
    llvm::Error error =
        measure(*module, options, flags, std::move(*sampleFiles),
                std::move(*inputFiles));
    return error ? fail(std::move(error)) : 0;
  }
  auto program = Program::compile(*module, options);
  if (!program)
    return fail(program.takeError());

  auto inputs = assignInputs(std::move(*inputFiles), (*program)->getInputs());
  if (!inputs)
    return fail(inputs.takeError());
  std::vector<const weights::HostTensor *> pointers;
  for (const weights::HostTensor &tensor : *inputs)
    pointers.push_back(&tensor);

  setNumThreads(flags.threads);
  auto results = (*program)->run(pointers);
  if (!results)
    return fail(results.takeError());
  Report report;
  if (flags.measureTime) {
    using Clock = std::chrono::steady_clock;
    for (unsigned i = 0; i < flags.runs + 1; ++i) {
      auto start = Clock::now();
      auto again = (*program)->run(pointers);
      std::chrono::duration<double, std::milli> time = Clock::now() - start;
      if (!again)
        return fail(again.takeError());
      // The run above and the first one here warm up.
      if (i != 0)
        report.milliseconds.push_back(time.count());
    }
  }

  weights::TensorMap outputs;
  for (auto [port, result] : llvm::zip((*program)->getOutputs(), *results))
    outputs.add(port.name, std::move(result));
  if (!flags.outputPath.empty())
    if (auto status = weights::writeTensors(flags.outputPath, outputs); !status)
      return fail(status.message());
  if (!flags.comparePath.empty())
    if (llvm::Error error =
            report.compare(outputs, expected, flags.comparePath))
      return fail(std::move(error));
  if (modelReport)
    if (llvm::Error error = modelReport->addOutput(report.getComparisons()))
      return fail(std::move(error));
  if (flags.json)
    report.printJson(llvm::outs());
  else
    report.print(llvm::outs());
  launches.print(llvm::outs());
  if (modelReport && !flags.json)
    llvm::outs() << "added to " << flags.reportPath << " as total.output\n";
  // NaN is larger than any tolerance.
  double error = report.getLargestError();
  if (flags.tolerance.getNumOccurrences() && !(error <= flags.tolerance))
    return fail("the largest error, " + formatNumber("%g", error) +
                ", is above the tolerance, " +
                formatNumber("%g", flags.tolerance));
  return 0;
}
