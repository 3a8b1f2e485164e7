//===- BuildX86Kernels.cpp - Bodies of declared x86 kernels ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches functions without a body that carry the spec of a kernel. Makes their
// bodies, and erases the functions of epilogues, which are in them then. Leaves
// all other functions.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SetVector.h"

namespace lowbit {
#define GEN_PASS_DEF_BUILDX86KERNELSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

struct BuildX86KernelsPass final
    : lowbit::impl::BuildX86KernelsPassBase<BuildX86KernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::SetVector<StringAttr> epilogues;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Attribute attribute = function->getAttr(x86::kernelAttrName);
      if (!attribute || !function.isExternal())
        continue;
      std::optional<x86::MatmulSpec> spec =
          x86::MatmulSpec::fromAttribute(attribute);
      if (!spec) {
        function.emitError("'")
            << x86::kernelAttrName << "' is not the spec of an x86 kernel";
        return signalPassFailure();
      }
      if (std::string misfit = spec->getMisfit(); !misfit.empty()) {
        function.emitError("'")
            << x86::kernelAttrName << "' does not fit together: " << misfit;
        return signalPassFailure();
      }
      if (spec->epilogue) {
        StringAttr name = spec->epilogue.function.getAttr();
        if (std::string misfit = x86::getEpilogueMisfit(
                spec->epilogue, symbols.lookup<func::FuncOp>(name));
            !misfit.empty()) {
          function.emitError("'")
              << x86::kernelAttrName << "' does not fit together: " << misfit;
          return signalPassFailure();
        }
        epilogues.insert(name);
      }
      OpBuilder builder(&getContext());
      FunctionType type = x86::getMatmulType(builder, *spec);
      if (function.getFunctionType() != type) {
        function.emitError("has type ")
            << function.getFunctionType() << ", but its '"
            << x86::kernelAttrName << "' needs " << type;
        return signalPassFailure();
      }
      x86::buildMatmul(function, *spec);
      function->removeAttr(x86::kernelAttrName);
    }
    // They are in the kernels now.
    for (StringAttr name : epilogues)
      if (auto function = symbols.lookup<func::FuncOp>(name);
          function.isPrivate() &&
          SymbolTable::symbolKnownUseEmpty(name, getOperation()))
        symbols.erase(function);
  }
};

} // namespace
