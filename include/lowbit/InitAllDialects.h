//===- InitAllDialects.h - Register every dialect of the project ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_INITALLDIALECTS_H
#define LOWBIT_INITALLDIALECTS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace lowbit {

/// Adds the lowbit dialect, and its implementations of upstream interfaces, to
/// `registry`. Upstream dialects are the caller's.
void registerAllDialects(mlir::DialectRegistry &registry);

} // namespace lowbit

#endif // LOWBIT_INITALLDIALECTS_H
