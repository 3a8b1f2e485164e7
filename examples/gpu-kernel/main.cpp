//===- main.cpp - Runs a kernel on the emulator, or prints it -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "matmul.h"

#include "lowbit/Execution/EmulatedKernels.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

using namespace lowbit;

static constexpr int64_t depth = 128;

/// Zeros, aligned as a GPU's allocations are.
template <typename T>
static auto allocate(size_t count) {
  constexpr size_t alignment = 256;
  size_t bytes = (count * sizeof(T) + alignment - 1) / alignment * alignment;
  T *memory = static_cast<T *>(std::aligned_alloc(alignment, bytes));
  std::fill_n(memory, count, T(0));
  return std::unique_ptr<T[], decltype(&std::free)>(memory, &std::free);
}

/// The kernel on the emulator, on sizes that are no multiple of anything.
static int run(mlir::ModuleOp module) {
  mlir::PassManager pm(module.getContext());
  buildLowerNVVMKernelsPipeline(pm);
  if (failed(pm.run(module)))
    return 1;
  auto kernels = EmulatedKernels::compile(module);
  if (!kernels) {
    llvm::errs() << llvm::toString(kernels.takeError()) << "\n";
    return 1;
  }

  // Small integers: products and their sums are exact, in any order.
  int32_t m = 100, n = 77;
  std::mt19937 random(1);
  auto draw = [&](int64_t size) {
    auto numbers = allocate<_Float16>(size);
    std::generate_n(numbers.get(), size, [&] {
      return static_cast<_Float16>(int(random() % 17) - 8);
    });
    return numbers;
  };
  auto a = draw(m * depth), b = draw(n * depth);
  auto c = allocate<float>(m * n);
  void *aData = a.get(), *bData = b.get(), *cData = c.get();
  void *arguments[] = {&aData, &bData, &cData, &m, &n};

  simt::Options options;
  options.counters = true;
  // What lies outside of these is out of bounds.
  options.buffers = {{aData, m * depth * sizeof(a[0]), "a", /*writable=*/false},
                     {bData, n * depth * sizeof(b[0]), "b", /*writable=*/false},
                     {cData, m * n * sizeof(c[0]), "c"}};
  simt::Dim3 grid{uint32_t((m + blockRows - 1) / blockRows),
                  uint32_t((n + blockColumns - 1) / blockColumns)};
  auto report = (*kernels)->launch("example.matmul", grid, arguments, options);
  if (!report) {
    llvm::errs() << llvm::toString(report.takeError()) << "\n";
    return 1;
  }

  int64_t wrong = 0;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += float(a[i * depth + k]) * float(b[j * depth + k]);
      wrong += c[i * n + j] != sum;
    }
  llvm::outs() << report->counters.table() << wrong << " of " << m * n
               << " sums are wrong\n";
  return wrong != 0;
}

int main(int argc, char **argv) {
  bool prints = argc == 2 && llvm::StringRef(argv[1]) == "--print";
  if (argc > 1 && !prints) {
    llvm::errs() << "usage: gpu-kernel [--print]\n";
    return 2;
  }
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::MLIRContext context(registry);
  context.loadDialect<mlir::arith::ArithDialect, mlir::gpu::GPUDialect,
                      mlir::LLVM::LLVMDialect, mlir::NVVM::NVVMDialect,
                      mlir::scf::SCFDialect>();
  mlir::Location loc =
      mlir::NameLoc::get(mlir::StringAttr::get(&context, "matmul"));
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(loc);
  mlir::OpBuilder builder(module->getBodyRegion());
  auto gpuModule = mlir::gpu::GPUModuleOp::create(builder, loc, "example");
  buildMatmul(gpuModule, *nvvm::Target::get("sm_80"), depth);
  if (!prints)
    return run(*module);
  module->print(llvm::outs());
  llvm::outs() << "\n";
  return 0;
}
