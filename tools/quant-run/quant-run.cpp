//===- quant-run.cpp - Compile a model for this processor and run it ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "Report.h"
#include "lowbit/Execution/Program.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Weights/TensorFile.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ScopedPrinter.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <chrono>

using namespace lowbit;
namespace cl = llvm::cl;

namespace {

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
  cl::list<std::string> inputPaths{
      "input",
      cl::desc("File with inputs (.npz or .safetensors by name, .npy "
               "in the order of the function's arguments); repeatable"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> outputPath{
      "output",
      cl::desc("Write the results to this .npz, .npy or .safetensors "
               "file"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> comparePath{
      "compare",
      cl::desc("File with expected results: print cosine, SQNR and "
               "largest error of each"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<double> tolerance{
      "tolerance",
      cl::desc("With --compare: fail if an error is larger than this "
               "(default: never)"),
      cl::init(-1), cl::cat(category)};
  cl::opt<bool> measureTime{"time", cl::desc("Measure the time of a run"),
                            cl::cat(category)};
  cl::opt<unsigned> runs{"runs",
                         cl::desc("With --time: how many runs to measure, "
                                  "after two that do not count "
                                  "(default 20)"),
                         cl::init(20), cl::cat(category)};
  cl::opt<unsigned> threads{"threads",
                            cl::desc("Threads to run on (default 1)"),
                            cl::init(1), cl::cat(category)};
  cl::opt<std::string> function{"function",
                                cl::desc("Function to run (default main)"),
                                cl::init("main"), cl::cat(category)};
  cl::opt<std::string> isa{
      "isa",
      cl::desc("Instruction set: host, avx512vnni, avx512, avx2 or sse2 "
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
  cl::opt<bool> failOnFallback{
      "fail-on-fallback",
      cl::desc("Fail if a contraction on encoded operands has no "
               "kernel"),
      cl::cat(category)};
  cl::opt<bool> json{"json",
                     cl::desc("Print measurements and comparison as JSON"),
                     cl::cat(category)};
};

} // namespace

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "quant-run") << message << '\n';
  return 1;
}

static int fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
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
      "--threads=2\n");

  if (flags.measureTime && flags.runs == 0)
    return fail("--runs=0: there is nothing to measure; give 1 or more");
  if (flags.tolerance.getNumOccurrences() && flags.comparePath.empty())
    return fail("--tolerance needs --compare with a file of expected results");

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  auto module =
      mlir::parseSourceFile<mlir::ModuleOp>(flags.modelPath, sources, &context);
  if (!module)
    return fail(flags.modelPath + ": is no module that can be read");

  CompileOptions options;
  options.function = flags.function;
  options.lowering = flags.lowering;
  options.isa = flags.isa;
  options.failOnFallback = flags.failOnFallback;
  options.weights = flags.weightsPath;
  auto program = Program::compile(*module, options);
  if (!program)
    return fail(program.takeError());

  auto inputs = readInputs(flags.inputPaths, (*program)->getInputs());
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
  if (!flags.comparePath.empty()) {
    auto expected = weights::readTensors(flags.comparePath);
    if (!expected)
      return fail(expected.message());
    if (llvm::Error error =
            report.compare(outputs, *expected, flags.comparePath))
      return fail(std::move(error));
  }
  if (flags.json)
    report.printJson(llvm::outs());
  else
    report.print(llvm::outs());
  // NaN is larger than any tolerance.
  double error = report.getLargestError();
  if (flags.tolerance.getNumOccurrences() && !(error <= flags.tolerance))
    return fail(llvm::to_string(
        llvm::format("the largest error, %g, is above the tolerance, %g", error,
                     flags.tolerance.getValue())));
  return 0;
}
