//===- quant-opt.cpp - Lowbit's optimizer driver --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "lowbit/Pipelines/Diagnostics.h"
#include "lowbit/Weights/OutputFile.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

/// Diagnostics name a location, and most also a layer; the whole op after each
/// (a linalg.generic has a page) would bury them.
/// `--mlir-print-op-on-diagnostic` brings it back.
static void keepOpsOutOfDiagnostics() {
  llvm::cl::Option *option =
      llvm::cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  assert(option && "the options of contexts are registered first");
  static_cast<llvm::cl::opt<bool> *>(option)->setInitialValue(false);
}

/// Whether the output would take the place of a file that a pass reads or
/// writes, or a pass's that of the input: found before any of them is opened.
/// Says so.
static bool replacesFiles(const mlir::MlirOptMainConfig &config,
                          llvm::StringRef input, llvm::StringRef output,
                          mlir::DialectRegistry &registry) {
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::PassManager pm(&context);
  if (failed(config.setupPassPipeline(pm)))
    return false; // Told when it is set up in earnest.
  std::string text;
  llvm::raw_string_ostream os(text);
  pm.printAsTextualPipeline(os);
  llvm::SmallVector<llvm::StringRef> words;
  llvm::SplitString(text, words, " {}");
  for (llvm::StringRef word : words) {
    auto [name, path] = word.split('=');
    bool isWritten = name == "output-weights" || name == "json";
    if (!isWritten && !name.ends_with("weights"))
      continue;
    for (auto [place, isOther] :
         {std::pair(output, true), std::pair(input, isWritten)})
      if (isOther && lowbit::weights::replaces(place.str(), path.str())) {
        llvm::errs() << "error: " << path << ": is '" << name
                     << "' of a pass, and the "
                     << (place == output ? "output" : "input")
                     << " of quant-opt; name another file\n";
        return true;
      }
  }
  return false;
}

/// MlirOptMain with diagnostics as printNamedLocations has them. There is no
/// other place than the set-up of the passes to get at its context.
static mlir::LogicalResult runMain(mlir::MlirOptMainConfig config,
                                   const std::string &input,
                                   const std::string &output,
                                   mlir::DialectRegistry &registry) {
  config.setPassPipelineSetupFn([base = config](mlir::PassManager &pm) {
    lowbit::printNamedLocations(pm.getContext());
    return base.setupPassPipeline(pm);
  });
  if (replacesFiles(config, input, output, registry))
    return mlir::failure();
  std::string error;
  auto source = mlir::openInputFile(input, &error);
  if (!source) {
    llvm::errs() << error << '\n';
    return mlir::failure();
  }
  auto target = mlir::openOutputFile(output, &error);
  if (!target) {
    llvm::errs() << error << '\n';
    return mlir::failure();
  }
  if (failed(
          mlir::MlirOptMain(target->os(), std::move(source), registry, config)))
    return mlir::failure();
  target->keep();
  return mlir::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  mlir::registerAllPasses();
  lowbit::registerAllPasses();
  std::string help = mlir::registerCLIOptions(
      "Lowbit: quantize models in linalg on tensors and lower them\n\n"
      "  quant-opt model.mlir --lowbit-quantize=\"recipe=int4-g128 "
      "weights=model.safetensors\n"
      "    output-weights=int4.safetensors report=int4.json\" -o int4.mlir\n"
      "  quant-opt int4.mlir --lowbit-pack=\"weights=int4.safetensors\n"
      "    output-weights=packed.safetensors\" --lowbit-lower-to-x86\n\n"
      "All of MLIR's dialects and passes are here too. Lowbit's begin with "
      "--lowbit-, but for\n--convert-lowbit-to-x86, --convert-copy-to-linalg "
      "and --convert-linalg-to-vector-loops;\ndocs/pipelines.md and "
      "docs/generated/passes.md explain them.\n",
      registry);
  keepOpsOutOfDiagnostics();
  auto [input, output] = mlir::parseCLIOptions(argc, argv, help);
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  // What only prints lists, and expected diagnostics, stay upstream's.
  if (config.shouldShowDialects() || config.shouldListPasses() ||
      config.shouldVerifyDiagnostics())
    return mlir::asMainReturnCode(
        mlir::MlirOptMain(argc, argv, input, output, registry));
  return mlir::asMainReturnCode(runMain(config, input, output, registry));
}
