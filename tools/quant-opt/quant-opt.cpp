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

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  mlir::registerAllPasses();
  lowbit::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv,
      "Lowbit: quantize models in linalg on tensors and lower them\n\n"
      "  quant-opt model.mlir --lowbit-quantize=\"recipe=int4-g128 "
      "weights=model.safetensors\n"
      "    output-weights=int4.safetensors report=int4.json\" -o int4.mlir\n"
      "  quant-opt int4.mlir --lowbit-lower-to-x86\n\n"
      "All of MLIR's dialects and passes are here too; Lowbit's passes begin "
      "with --lowbit-\nor --convert-lowbit-.\n",
      registry));
}
