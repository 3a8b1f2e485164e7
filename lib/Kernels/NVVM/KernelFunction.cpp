//===- KernelFunction.cpp - Functions that a GPU launches -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/KernelFunction.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace lowbit::nvvm;
using namespace mlir;

static constexpr StringLiteral sharedMemoryName = "lowbit_shared_memory";

LLVM::LLVMFuncOp lowbit::nvvm::createKernel(gpu::GPUModuleOp module,
                                            StringRef name,
                                            const Target &target,
                                            const KernelShape &shape,
                                            TypeRange arguments) {
  MLIRContext *context = module.getContext();
  Builder b(context);
  auto targetAttr = NVVM::NVVMTargetAttr::get(context, /*optLevel=*/3,
                                              /*triple=*/"nvptx64-nvidia-cuda",
                                              target.chip, target.ptx);
  module.setTargetsAttr(b.getArrayAttr(targetAttr));

  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                          llvm::to_vector(arguments));
  auto function =
      LLVM::LLVMFuncOp::create(builder, module.getLoc(), name, type);
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    b.getUnitAttr());
  function->setAttr(
      NVVM::NVVMDialect::getReqntidAttrName(),
      b.getDenseI32ArrayAttr({static_cast<int32_t>(shape.threads), 1, 1}));
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(shape.blocksPerProcessor));
  function->setAttr(sharedBytesAttrName,
                    b.getI32IntegerAttr(shape.sharedBytes));
  // LLVM knows no other way to ask for .ftz.
  auto pair = b.getStrArrayAttr(
      {"denormal-fp-math-f32", "preserve-sign,preserve-sign"});
  function.setPassthroughAttr(b.getArrayAttr(pair));
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (isa<LLVM::LLVMPointerType>(function.getArgumentTypes()[i]))
      function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                          b.getUnitAttr());
  function.addEntryBlock(builder);
  return function;
}

Value lowbit::nvvm::getSharedMemory(KernelBuilder &kernel) {
  auto module = kernel.builder.getInsertionBlock()
                    ->getParentOp()
                    ->getParentOfType<gpu::GPUModuleOp>();
  if (!module.lookupSymbol(sharedMemoryName)) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto type = LLVM::LLVMArrayType::get(kernel.i8, 0);
    LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/false,
                           LLVM::Linkage::External, sharedMemoryName,
                           /*value=*/Attribute(), /*alignment=*/1024,
                           /*addrSpace=*/3);
  }
  return LLVM::AddressOfOp::create(kernel.builder, kernel.getLoc(),
                                   kernel.shared, sharedMemoryName);
}
