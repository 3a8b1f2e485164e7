//===- Programs.cpp - Compile and run modules given as text ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

#include "lowbit/InitAllDialects.h"
#include "lowbit/Kernels/X86/Target.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace lowbit;
using namespace lowbit::test;

static std::vector<std::string> findInstructionSets() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> found;
  for (x86::Isa isa : llvm::reverse(x86::allIsas))
    if (x86::Target target{isa}; target.getMissingFeatures(features).empty())
      found.push_back(target.name().str());
  return found;
}

const std::vector<std::string> &test::getInstructionSets() {
  static const std::vector<std::string> sets = findInstructionSets();
  return sets;
}

bool test::chooseInstructionSet(CompileOptions &options,
                                const std::string &isa) {
  const std::vector<std::string> &sets = getInstructionSets();
  bool isThere = llvm::is_contained(sets, isa);
  options.isa = isa;
  options.expandTiles = !isThere && x86::Target::get(isa)->hasTiles();
  return isThere ||
         (options.expandTiles && llvm::is_contained(sets, "avx512bf16"));
}

mlir::MLIRContext &test::getContext() {
  static mlir::MLIRContext *context = [] {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    lowbit::registerAllDialects(registry);
    return new mlir::MLIRContext(registry);
  }();
  return *context;
}

std::unique_ptr<Program> test::compile(const std::string &text,
                                       const CompileOptions &options) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &getContext());
  if (!module) {
    ADD_FAILURE() << "no module:\n" << text;
    return nullptr;
  }
  auto program = Program::compile(*module, options);
  if (program)
    return std::move(*program);
  ADD_FAILURE() << options.isa << ": " << llvm::toString(program.takeError())
                << "\n"
                << text;
  return nullptr;
}

std::vector<weights::HostTensor>
test::run(Program &program, const std::vector<weights::HostTensor> &inputs) {
  std::vector<const weights::HostTensor *> pointers;
  for (const weights::HostTensor &input : inputs)
    pointers.push_back(&input);
  std::vector<weights::HostTensor> first;
  for (unsigned threads : {1, 2}) {
    setNumThreads(threads);
    auto results = program.run(pointers);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    if (threads == 1)
      first = std::move(*results);
    else
      EXPECT_TRUE(first == *results) << "other bytes on two threads";
  }
  return first;
}

weights::HostTensor test::makeTensor(std::vector<int64_t> shape,
                                     std::mt19937 &random) {
  weights::HostTensor tensor{weights::DType::F32, shape, {}};
  int64_t size = 1;
  for (int64_t dim : shape)
    size *= dim;
  tensor.bytes.resize(size * sizeof(float));
  for (float &value : tensor.as<float>())
    value = (int(random() % 4097) - 2048) / 512.0f;
  return tensor;
}

double test::gammaFactor(double n) { return n * 0x1p-24 / (1 - n * 0x1p-24); }

std::string test::compareWithin(float actual, double exact, double bound) {
  bool fits = std::isnan(exact)   ? std::isnan(actual)
              : std::isinf(exact) ? actual == exact
                                  : std::fabs(actual - exact) <= bound;
  return fits ? ""
              : llvm::formatv("{0:e9} instead of {1:e9}, the bound is {2:e3}",
                              actual, exact, bound)
                    .str();
}
