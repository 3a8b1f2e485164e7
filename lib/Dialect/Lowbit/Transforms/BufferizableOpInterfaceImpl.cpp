//===- BufferizableOpInterfaceImpl.cpp - Bufferization of lowbit ops ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/BufferizableOpInterfaceImpl.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace lowbit;
using namespace mlir;
using namespace mlir::bufferization;

namespace {

struct CallKernelInterface final
    : DstBufferizableOpInterfaceExternalModel<CallKernelInterface,
                                              CallKernelOp> {
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto call = cast<CallKernelOp>(op);
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        op, call.getCalleeAttr());
    SmallVector<Value> operands, results;
    for (auto [operand, type] :
         llvm::zip(op->getOperands(), kernel.getArgumentTypes())) {
      if (!isa<TensorType>(operand.getType())) {
        operands.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      if (llvm::is_contained(call.getOutputs(), operand))
        results.push_back(*buffer);
      if (buffer->getType() == type) {
        operands.push_back(*buffer);
        continue;
      }
      if (!memref::CastOp::areCastCompatible(buffer->getType(), type))
        return op->emitOpError("cannot pass a buffer of type ")
               << buffer->getType() << " to " << call.getCallee()
               << ", which takes " << type;
      operands.push_back(
          memref::CastOp::create(rewriter, op->getLoc(), type, *buffer));
    }
    auto made = func::CallOp::create(rewriter, op->getLoc(), kernel, operands);
    // For those who ask what takes time.
    if (Attribute layer = op->getAttr(LowbitDialect::kLayerAttr))
      made->setAttr(LowbitDialect::kLayerAttr, layer);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

/// Reads its operand and has no result.
struct ObserveInterface final
    : BufferizableOpInterface::ExternalModel<ObserveInterface, ObserveOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto observe = cast<ObserveOp>(op);
    FailureOr<Value> buffer =
        getBuffer(rewriter, observe.getInput(), options, state);
    if (failed(buffer))
      return failure();
    ObserveOp::create(rewriter, op->getLoc(), *buffer, observe.getLayers(),
                      observe.getAxis(), observe.getGram());
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void lowbit::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LowbitDialect *) {
    CallKernelOp::attachInterface<CallKernelInterface>(*context);
    ObserveOp::attachInterface<ObserveInterface>(*context);
    context->loadDialect<func::FuncDialect, memref::MemRefDialect>();
  });
}
