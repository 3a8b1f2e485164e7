//===- tiny-compiler.cpp - A compiler that embeds Lowbit --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads a linalg module, quantizes its weights with Lowbit's passes among
// others, writes them to a safetensors file, and prints the module that came
// out. Everything Lowbit needs is three lines: its dialects, its passes, the
// pipeline by name.
//
//===----------------------------------------------------------------------===//

#include "lowbit/InitAllDialects.h"
#include "lowbit/InitAllPasses.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc < 3 || argc > 4) {
    llvm::errs() << "usage: tiny-compiler <module.mlir> "
                    "<weights-to-write.safetensors> [<recipe>]\n";
    return 2;
  }
  llvm::StringRef weights = argv[2];
  llvm::StringRef recipe = argc == 4 ? argv[3] : "int8";

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  lowbit::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return 1;

  // A compiler's own passes and Lowbit's stand in one pipeline.
  lowbit::registerAllPasses();
  mlir::PassManager pm(&context);
  pm.addPass(mlir::createCanonicalizerPass());
  std::string quantize =
      ("lowbit-quantize{recipe=" + recipe + " output-weights=" + weights + "}")
          .str();
  if (mlir::failed(mlir::parsePassPipeline(quantize, pm)))
    return 1;
  pm.addPass(mlir::createCSEPass());
  if (mlir::failed(pm.run(*module)))
    return 1;

  module->print(llvm::outs());
  llvm::outs() << "\n";
  return 0;
}
