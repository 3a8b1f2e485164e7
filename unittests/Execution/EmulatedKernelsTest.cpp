//===- EmulatedKernelsTest.cpp - NVVM kernels on the SIMT emulator --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/EmulatedKernels.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

using namespace lowbit;
using namespace mlir;
using testing::HasSubstr;

namespace {

/// The kernels of a gpu.module @m, given by its text.
class EmulatedKernelsTest : public testing::Test {
protected:
  EmulatedKernelsTest() {
    DialectRegistry registry;
    registry.insert<gpu::GPUDialect, LLVM::LLVMDialect, NVVM::NVVMDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  std::unique_ptr<EmulatedKernels> compile(const std::string &functions) {
    module = parseSourceString<ModuleOp>("gpu.module @m {\n" + functions + "}",
                                         &context, "kernel.mlir");
    EXPECT_TRUE(module);
    auto kernels = EmulatedKernels::compile(*module);
    if (!kernels) {
      ADD_FAILURE() << llvm::toString(kernels.takeError());
      return nullptr;
    }
    return std::move(*kernels);
  }

  /// The message of a launch that fails.
  std::string launchError(EmulatedKernels &kernels, StringRef name,
                          ArrayRef<void *> parameters) {
    auto report = kernels.launch(name, {1, 1, 1}, parameters);
    if (report) {
      ADD_FAILURE() << "the launch went well";
      return "";
    }
    return llvm::toString(report.takeError());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

const char *const reverse = R"(
  llvm.mlir.global external @shared() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
  llvm.func @reverse(%x: !llvm.ptr<1>, %y: !llvm.ptr<1>, %last: i32)
      attributes {nvvm.kernel, nvvm.reqntid = array<i32: 64, 1, 1>, lowbit.shared_bytes = 256 : i32} {
    %size = llvm.mlir.constant(64 : i32) : i32
    %t = nvvm.read.ptx.sreg.tid.x : i32
    %b = nvvm.read.ptx.sreg.ctaid.x : i32
    %first = llvm.mul %b, %size : i32
    %i = llvm.add %first, %t : i32
    %s = llvm.mlir.addressof @shared : !llvm.ptr<3>
    %from = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %v = llvm.load %from : !llvm.ptr<1> -> f32
    %in = llvm.getelementptr %s[%t] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, f32
    llvm.store %v, %in : f32, !llvm.ptr<3>
    BARRIER
    %other = llvm.sub %last, %t : i32
    %out = llvm.getelementptr %s[%other] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, f32
    %w = llvm.load %out : !llvm.ptr<3> -> f32
    %to = llvm.getelementptr %y[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    llvm.store %w, %to : f32, !llvm.ptr<1>
    llvm.return
  }
)";

std::string withBarrier(StringRef barrier) {
  std::string text = reverse;
  return text.replace(text.find("BARRIER"), strlen("BARRIER"), barrier.str());
}

/// Reverses each 64 floats of a number of blocks.
struct Reversal {
  explicit Reversal(size_t blocks) : x(64 * blocks), y(64 * blocks) {
    std::iota(x.begin(), x.end(), 0.0f);
  }
  std::vector<float> x, y;
  float *in = x.data(), *out = y.data();
  int32_t last = 63;
  void *parameters[3] = {&in, &out, &last};
};

} // namespace

TEST_F(EmulatedKernelsTest, RunsEveryBlockOfAGrid) {
  auto kernels = compile(withBarrier("nvvm.barrier0"));
  ASSERT_TRUE(kernels);
  Reversal reversal(3);
  auto report = kernels->launch("m.reverse", {3, 1, 1}, reversal.parameters);
  ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
  for (size_t i = 0; i < reversal.y.size(); ++i)
    EXPECT_EQ(reversal.y[i], reversal.x[i / 64 * 64 + 63 - i % 64]) << i;
}

TEST_F(EmulatedKernelsTest, FindsAMissingBarrierAndNamesItsPlace) {
  auto kernels = compile(withBarrier(""));
  ASSERT_TRUE(kernels);
  Reversal reversal(1);
  // The first thread reads what the last has yet to write.
  EXPECT_THAT(launchError(*kernels, "m.reverse", reversal.parameters),
              testing::AllOf(HasSubstr("unwritten"),
                             HasSubstr("kernel.mlir:19:"),
                             HasSubstr("was never written by this block")));
}

TEST_F(EmulatedKernelsTest, FindsARaceAndNamesBothPlaces) {
  // All is written once, and then once more without a barrier behind it.
  std::string text = withBarrier("");
  const std::string write = "llvm.store %v, %in : f32, !llvm.ptr<3>\n";
  text.insert(text.find(write), write + "    nvvm.barrier0\n    ");
  auto kernels = compile(text);
  ASSERT_TRUE(kernels);
  Reversal reversal(1);
  EXPECT_THAT(launchError(*kernels, "m.reverse", reversal.parameters),
              testing::AllOf(HasSubstr("race"), HasSubstr("kernel.mlir:17:"),
                             HasSubstr("kernel.mlir:21:"),
                             HasSubstr("no barrier orders the two")));
}

TEST_F(EmulatedKernelsTest, FindsAnAccessOutsideOfSharedMemory) {
  auto kernels = compile(withBarrier("nvvm.barrier0"));
  ASSERT_TRUE(kernels);
  Reversal reversal(1);
  reversal.last = 64;
  EXPECT_THAT(launchError(*kernels, "m.reverse", reversal.parameters),
              HasSubstr("kernel.mlir:19:"));
}

TEST_F(EmulatedKernelsTest, NamesTheKernelsThatThereAre) {
  auto kernels = compile(withBarrier("nvvm.barrier0"));
  ASSERT_TRUE(kernels);
  EXPECT_EQ(launchError(*kernels, "reverse", {}),
            "there is no kernel 'reverse'; there is m.reverse");
}

TEST_F(EmulatedKernelsTest, FlushesDenormalsWhereTheInstructionDoes) {
  auto kernels = compile(R"(
    llvm.func @k(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {
      %x = llvm.load %p : !llvm.ptr<1> -> f32
      %0 = nvvm.rcp.approx.ftz.f %x : f32
      %1 = llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%x) : (f32) -> f32
      %2 = llvm.call_intrinsic "llvm.nvvm.lg2.approx.f"(%x) : (f32) -> f32
      %p0 = llvm.getelementptr %p[1] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
      llvm.store %0, %p0 : f32, !llvm.ptr<1>
      %p1 = llvm.getelementptr %p[2] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
      llvm.store %1, %p1 : f32, !llvm.ptr<1>
      %p2 = llvm.getelementptr %p[3] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
      llvm.store %2, %p2 : f32, !llvm.ptr<1>
      llvm.return
    })");
  ASSERT_TRUE(kernels);
  auto compute = [&](float x) {
    std::array<float, 4> values{x};
    float *pointer = values.data();
    void *parameters[] = {&pointer};
    auto report = kernels->launch("m.k", {1, 1, 1}, parameters);
    EXPECT_TRUE(bool(report)) << llvm::toString(report.takeError());
    return values;
  };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  // A denormal is 0 for them, one over 2^127 is one too, and 0.
  EXPECT_THAT(
      compute(-0x1p-130f),
      testing::ElementsAre(-0x1p-130f, -infinity, -infinity, testing::IsNan()));
  EXPECT_THAT(compute(0x1p-130f),
              testing::ElementsAre(0x1p-130f, infinity, -infinity, -130.0f));
  EXPECT_THAT(compute(0x1p127f),
              testing::ElementsAre(0x1p127f, 0.0f, 127.0f, 127.0f));
}

TEST_F(EmulatedKernelsTest, FlushesDenormalsWhereTheKernelDoes) {
  const std::string body = R"(
      %x = llvm.load %p : !llvm.ptr<1> -> f32
      %y = llvm.fadd %x, %x : f32
      llvm.store %y, %p : f32, !llvm.ptr<1>
      llvm.return
    })";
  auto kernels = compile(
      "llvm.func @keep(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {" + body +
      R"(llvm.func @flush(%p: !llvm.ptr<1>) attributes {nvvm.kernel,
         passthrough = [["denormal-fp-math-f32", "preserve-sign,preserve-sign"]]} {)" +
      body);
  ASSERT_TRUE(kernels);
  for (bool flushes : {false, true}) {
    float value = 0x1p-140f;
    float *pointer = &value;
    void *parameters[] = {&pointer};
    auto report =
        kernels->launch(flushes ? "m.flush" : "m.keep", {1, 1, 1}, parameters);
    ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
    EXPECT_EQ(value, flushes ? 0.0f : 0x1p-139f);
  }
}

TEST_F(EmulatedKernelsTest, FindsABarrierSplitOverTwoInstructions) {
  // The compiler for the host may make one call of both.
  auto compileBranches = [&](StringRef locations) {
    std::string text = R"(
    llvm.func @k() attributes {nvvm.kernel, nvvm.reqntid = array<i32: 64, 1, 1>} {
      %half = llvm.mlir.constant(16 : i32) : i32
      %lane = nvvm.read.ptx.sreg.laneid : i32
      %isLow = llvm.icmp "ult" %lane, %half : i32
      llvm.cond_br %isLow, ^low, ^high
    ^low:
      nvvm.barrier0
      llvm.br ^end
    ^high:
      nvvm.barrier0
      llvm.br ^end
    ^end:
      llvm.return
    })";
    const std::string barrier = "nvvm.barrier0";
    for (size_t at = 0; (at = text.find(barrier, at)) != text.npos;)
      text.insert(at += barrier.size(), locations.str());
    return compile(text);
  };
  auto kernels = compileBranches("");
  ASSERT_TRUE(kernels);
  EXPECT_THAT(launchError(*kernels, "m.k", {}),
              testing::AllOf(HasSubstr("divergence"),
                             HasSubstr("kernel.mlir:9:"),
                             HasSubstr("kernel.mlir:12:")));
  // Pieces of one kernel may have the same location, or none.
  for (const char *location : {" loc(\"step\")", " loc(unknown)"}) {
    kernels = compileBranches(location);
    ASSERT_TRUE(kernels);
    EXPECT_THAT(launchError(*kernels, "m.k", {}), HasSubstr("divergence"));
  }
}
