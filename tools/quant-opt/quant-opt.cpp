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
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"

#include <span>
#include <vector>

/// Diagnostics name a location, and most also a layer; the whole op after each
/// (a linalg.generic has a page) would bury them.
/// `--mlir-print-op-on-diagnostic` brings it back.
static void keepOpsOutOfDiagnostics() {
  llvm::cl::Option *option =
      llvm::cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  assert(option && "the options of contexts are registered first");
  static_cast<llvm::cl::opt<bool> *>(option)->setInitialValue(false);
}

namespace {
/// What a pass reads or writes, or quant-opt itself, whose pass is none.
struct NamedFile {
  std::string path;
  std::string what;
  bool isWritten;
};

/// A stream into a file that appears once it is whole.
class OutputStream final : public llvm::raw_ostream {
public:
  explicit OutputStream(lowbit::weights::OutputFile file)
      : file(std::move(file)) {}
  ~OutputStream() override { flush(); }

  lowbit::weights::Status commit() {
    flush();
    return status ? file.commit() : status;
  }

private:
  void write_impl(const char *data, size_t size) override {
    if (status)
      status = file.write(offset, std::as_bytes(std::span(data, size)));
    offset += size;
  }
  uint64_t current_pos() const override { return offset; }

  lowbit::weights::OutputFile file;
  lowbit::weights::Status status;
  uint64_t offset = 0;
};
} // namespace

/// The files that the passes of `config` name, in order.
static std::vector<NamedFile>
collectFiles(const mlir::MlirOptMainConfig &config,
             mlir::DialectRegistry &registry) {
  std::vector<NamedFile> files;
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::PassManager pm(&context);
  if (failed(config.setupPassPipeline(pm)))
    return files; // Told when it is set up in earnest.
  std::string text;
  llvm::raw_string_ostream os(text);
  pm.printAsTextualPipeline(os);
  llvm::SmallVector<llvm::StringRef> words;
  llvm::SplitString(text, words, " {}");
  for (llvm::StringRef word : words) {
    auto [name, path] = word.split('=');
    bool isWritten = name == "output-weights" || name == "report";
    bool isRead = name == "weights" || name == "quantized-weights" ||
                  name == "recipe" || name == "statistics" ||
                  name == "sensitivity";
    if (!path.empty() && (isWritten || isRead))
      files.push_back(
          {path.str(), "'" + name.str() + "' of a pass", isWritten});
  }
  return files;
}

/// Whether a file that is written would take the place of one that has been
/// read or written before; found before any of them is opened. Says so.
///
/// What a pass may do with weights it says itself. The output may take the
/// place of the input: it appears once it is whole.
static bool replacesFiles(std::vector<NamedFile> files,
                          const std::string &input, const std::string &output) {
  files.insert(files.begin(), {input, "the input of quant-opt", false});
  files.push_back({output, "the output of quant-opt", true});
  for (auto [index, written] : llvm::enumerate(files)) {
    if (!written.isWritten)
      continue;
    bool isOutput = index + 1 == files.size();
    for (const NamedFile &other : llvm::ArrayRef(files).take_front(index)) {
      bool isInput = &other == &files.front();
      bool areWeights = llvm::StringRef(other.what).contains("weights'");
      bool isAllowed = isOutput ? isInput : areWeights;
      if (isAllowed || other.what == written.what ||
          !lowbit::weights::replaces(written.path, other.path))
        continue;
      llvm::errs() << "error: " << other.path << ": is " << other.what
                   << ", and " << written.what << "; name another file\n";
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
  if (replacesFiles(collectFiles(config, registry), input, output))
    return mlir::failure();
  std::string error;
  auto source = mlir::openInputFile(input, &error);
  if (!source) {
    llvm::errs() << error << '\n';
    return mlir::failure();
  }
  if (output == "-")
    return mlir::MlirOptMain(llvm::outs(), std::move(source), registry, config);
  auto target = lowbit::weights::OutputFile::create(output);
  if (!target) {
    llvm::errs() << "error: " << target.message() << '\n';
    return mlir::failure();
  }
  OutputStream stream(*std::move(target));
  if (failed(mlir::MlirOptMain(stream, std::move(source), registry, config)))
    return mlir::failure();
  if (auto status = stream.commit(); !status) {
    llvm::errs() << "error: " << status.message() << '\n';
    return mlir::failure();
  }
  return mlir::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  // gpu-module-to-binary translates without asking for dialects.
  mlir::registerAllGPUToLLVMIRTranslations(registry);
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
      "--lowbit-, but for\n--convert-lowbit-to-x86, --convert-copy-to-linalg, "
      "--convert-linalg-to-vector-loops\nand --convert-observe-to-calls; "
      "docs/pipelines.md and docs/generated/passes.md\nexplain them.\n",
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
