//===- BufferizableOpInterfaceImpl.h - Bufferization of lowbit ops --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace lowbit {

/// Lets one-shot bufferization turn `lowbit.call_kernel` on tensors into
/// `func.call` of the kernel on memrefs.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
