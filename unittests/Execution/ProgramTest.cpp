//===- ProgramTest.cpp - Programs and their inputs ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/Program.h"

#include "lowbit/InitAllDialects.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cstring>

extern "C" int omp_get_level();

using namespace lowbit;
using weights::DType;
using weights::HostTensor;

namespace {

HostTensor makeTensor(std::vector<int64_t> shape,
                      const std::vector<float> &values) {
  HostTensor tensor{DType::F32, std::move(shape), {}};
  tensor.bytes.resize(values.size() * sizeof(float));
  if (!values.empty())
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::vector<float> valuesOf(const HostTensor &tensor) {
  auto values = tensor.as<float>();
  return {values.begin(), values.end()};
}

class ProgramTest : public testing::TestWithParam<Lowering> {
protected:
  ProgramTest() {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    lowbit::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// Compiles IR that has to compile.
  std::unique_ptr<Program> compile(const char *source,
                                   std::vector<std::string> heldWeights = {}) {
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    if (!module)
      return nullptr;
    CompileOptions options;
    options.lowering = GetParam();
    options.heldWeights = std::move(heldWeights);
    auto program = Program::compile(*module, options);
    if (program)
      return std::move(*program);
    ADD_FAILURE() << llvm::toString(program.takeError());
    return nullptr;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

constexpr const char *kProduct = R"mlir(
func.func @main(%x: tensor<?x2xf32>, %c: tensor<2x2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%d) : tensor<?x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %0 = linalg.matmul ins(%x, %c : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
})mlir";

// No file is needed for weights that are given, and they may change.
TEST_P(ProgramTest, HeldWeights) {
  auto program = compile(R"mlir(
ml_program.global public @w(#ml_program.extern : tensor<2x1xf32>) : tensor<2x1xf32>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1xf32>
  %zero = arith.constant dense<0.0> : tensor<1x1xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x1xf32>)
      outs(%zero : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
})mlir",
                         {"w"});
  ASSERT_TRUE(program);
  HostTensor x = makeTensor({1, 2}, {1, 10});
  for (float first : {2.0f, 5.0f}) {
    HostTensor weight = makeTensor({2, 1}, {first, 3});
    program->setWeight("w", weight.bytes);
    auto results = program->run({&x});
    ASSERT_TRUE(bool(results));
    EXPECT_EQ(valuesOf(results->front()), std::vector<float>{first + 30});
  }
}

TEST_P(ProgramTest, OneProgramRunsAnyBatch) {
  auto program = compile(kProduct);
  ASSERT_TRUE(program);
  HostTensor matrix = makeTensor({2, 2}, {0, 1, 2, 0});
  for (int64_t batch : {1, 3, 0, 17, 64, 2}) {
    std::vector<float> values, expected;
    for (int64_t i = 0; i < batch; ++i) {
      values.insert(values.end(), {float(i), float(i + 1)});
      expected.insert(expected.end(), {float(2 * (i + 1)), float(i)});
    }
    HostTensor input = makeTensor({batch, 2}, values);
    auto results = program->run({&input, &matrix});
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    ASSERT_EQ(results->size(), 1u);
    EXPECT_EQ((*results)[0].shape, (std::vector<int64_t>{batch, 2}));
    EXPECT_EQ(valuesOf((*results)[0]), expected);
  }
}

TEST_P(ProgramTest, RejectsOtherInputs) {
  auto program = compile(kProduct);
  ASSERT_TRUE(program);
  HostTensor good = makeTensor({1, 2}, {1, 2}), wide = makeTensor({1, 3}, {});
  auto few = program->run({&good});
  EXPECT_EQ(llvm::toString(few.takeError()), "the model takes 2 inputs, got 1");
  auto shape = program->run({&wide, &good});
  EXPECT_EQ(llvm::toString(shape.takeError()),
            "input 'input0' is 1x3 of F32, but the model takes ?x2 of f32");
}

TEST_P(ProgramTest, InputsStayAsTheyAre) {
  auto program = compile(R"mlir(
func.func @main(%x: tensor<2x2xf32>, %c: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = linalg.matmul ins(%c, %c : tensor<2x2xf32>, tensor<2x2xf32>)
      outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
})mlir");
  ASSERT_TRUE(program);
  HostTensor x = makeTensor({2, 2}, {1, 2, 3, 4}), before = x;
  HostTensor c = makeTensor({2, 2}, {1, 0, 0, 1});
  auto first = program->run({&x, &c}), second = program->run({&x, &c});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(x, before);
  EXPECT_EQ(valuesOf((*first)[0]), (std::vector<float>{2, 2, 3, 5}));
  EXPECT_EQ(*first, *second);
}

// A run that is left from a parallel region of one thread leaves none open: all
// that the process does after would be nested in it, and run on one thread.
TEST_P(ProgramTest, FailedRunEndsItsRegions) {
  setNumThreads(1);
  auto program = compile(R"mlir(
#row = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%x: tensor<?xf32>) -> tensor<8x?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<8x?xf32>
  %r = linalg.generic {indexing_maps = [#row, #all],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<8x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %isNotZero = arith.cmpf one, %in, %zero : f32
    cf.assert %isNotZero, "element is zero"
    linalg.yield %in : f32
  } -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
})mlir");
  ASSERT_TRUE(program);
  HostTensor bad = makeTensor({2}, {1, 0}), good = makeTensor({1}, {3});
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(llvm::toString(program->run({&bad}).takeError()),
              "run-time assertion failed: element is zero");
    EXPECT_EQ(omp_get_level(), 0);
    auto results = program->run({&good});
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    EXPECT_EQ(valuesOf((*results)[0]), std::vector<float>(8, 3));
  }
}

INSTANTIATE_TEST_SUITE_P(Lowerings, ProgramTest,
                         testing::Values(Lowering::X86, Lowering::Decode,
                                         Lowering::Integer),
                         [](const auto &info) -> std::string {
                           switch (info.param) {
                           case Lowering::X86:
                             return "X86";
                           case Lowering::Decode:
                             return "Decode";
                           case Lowering::Integer:
                             return "Integer";
                           }
                           return "";
                         });

} // namespace
