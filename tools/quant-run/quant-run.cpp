//===- quant-run.cpp - Compile a model for this processor and run it ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collect.h"
#include "Inputs.h"
#include "ModelReport.h"
#include "Options.h"
#include "ProfileReport.h"
#include "Report.h"
#include "Samples.h"
#include "lowbit/Dialect/Lowbit/Transforms/ReportJson.h"
#include "lowbit/Execution/MeasureSensitivity.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Pipelines/Diagnostics.h"
#include "lowbit/Weights/OutputFile.h"
#include "lowbit/Weights/TensorFile.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <chrono>

using namespace lowbit;

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
  keepFreedMemory();
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
  if (!flags.profilePath.empty()) {
    if (auto status = checkReplaced(flags, flags.profilePath, "--profile");
        !status)
      return fail(status.message());
    if (auto status = checkWritable(flags.profilePath); !status)
      return fail(status.message());
  }
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
  Profile profile;
  if (flags.profiles())
    options.profile = &profile;
  auto program = Program::compile(*module, options);
  if (!program)
    return fail(program.takeError());

  auto inputs = assignInputs(std::move(*inputFiles), (*program)->getInputs());
  if (!inputs)
    return fail(inputs.takeError());
  std::vector<const weights::HostTensor *> pointers;
  for (const weights::HostTensor &tensor : *inputs)
    pointers.push_back(&tensor);

  // Before the runs that warm up: reading memory empties the caches.
  std::optional<ProfileReport> profileReport;
  if (flags.profiles())
    profileReport.emplace(flags.threads, flags.isa);
  setNumThreads(flags.threads);
  auto results = (*program)->run(pointers);
  if (!results)
    return fail(results.takeError());
  Report report;
  if (flags.measures()) {
    using Clock = std::chrono::steady_clock;
    for (unsigned i = 0; i < flags.runs + 1; ++i) {
      // The run above and the first one here warm up.
      if (i == 1)
        profile.reset();
      auto start = Clock::now();
      auto again = (*program)->run(pointers);
      std::chrono::duration<double, std::milli> time = Clock::now() - start;
      if (!again)
        return fail(again.takeError());
      if (i != 0 && flags.measureTime)
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
  if (profileReport) {
    profileReport->add(profile);
    if (!flags.profilePath.empty())
      if (auto status = writeReport(flags.profilePath, profileReport->toJson());
          !status)
        return fail(status.message());
  }
  if (flags.json) {
    llvm::json::Object object = report.toJson();
    if (profileReport)
      object["profile"] = profileReport->toJson();
    llvm::outs() << llvm::formatv("{0:2}\n",
                                  llvm::json::Value(std::move(object)));
  } else {
    report.print(llvm::outs());
    if (profileReport)
      profileReport->print(llvm::outs());
  }
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
