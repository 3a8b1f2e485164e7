//===- Attention.cpp - Kernels of attention -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Attention.h"

#include "Forward.h"
#include "lowbit/Kernels/NVVM/KernelFunction.h"

using namespace lowbit::nvvm;
using namespace mlir;

LLVM::LLVMFuncOp lowbit::nvvm::buildAttention(gpu::GPUModuleOp module,
                                              const AttentionSpec &spec,
                                              const AttentionPlan &plan) {
  KernelShape shape;
  shape.threads = plan.getThreads();
  // Two: one computes while the other waits.
  shape.blocksPerProcessor = std::min<int64_t>(plan.blocksPerProcessor, 2);
  shape.sharedBytes = AttentionMemory(spec, plan).total;
  std::vector<AttentionArgument> list = getAttentionArguments(spec);
  LLVM::LLVMFuncOp function =
      createKernel(module, spec.getName(), spec.target, shape, list);
  Builder b(module.getContext());
  function->setAttr(blockRowsAttrName,
                    b.getI32IntegerAttr(plan.getBlockRows()));
  if (spec.splitKeys) {
    function->setAttr(wantedBlocksAttrName,
                      b.getI32IntegerAttr(plan.getWantedBlocks(spec.target)));
    function->setAttr(leastKeysAttrName,
                      b.getI32IntegerAttr(plan.getLeastKeysOfSplit()));
  }
  KernelBuilder kernel(function, function.getLoc());
  AttentionArguments arguments(list, function.getArguments());
  buildForward(kernel, spec, plan, arguments, getSharedMemory(kernel));
  LLVM::ReturnOp::create(kernel.builder, kernel.getLoc(), ValueRange());
  return function;
}
