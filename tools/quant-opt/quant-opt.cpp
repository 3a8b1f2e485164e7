//===- quant-opt.cpp - Lowbit's optimizer driver --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

/// Diagnostics name a location, and most also a layer; the whole op after each
/// (a linalg.generic has a page) would bury them.
/// `--mlir-print-op-on-diagnostic` brings it back.
static void keepOpsOutOfDiagnostics() {
  llvm::cl::Option *option =
      llvm::cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  assert(option && "the options of contexts are registered first");
  static_cast<llvm::cl::opt<bool> *>(option)->setInitialValue(false);
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
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, input, output, registry));
}
