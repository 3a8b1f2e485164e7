//===- InitAllPasses.h - Register every pass and pipeline of the project --===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_INITALLPASSES_H
#define LOWBIT_INITALLPASSES_H

namespace lowbit {

/// Registers every pass and pipeline of the project with MLIR's pass registry.
void registerAllPasses();

} // namespace lowbit

#endif // LOWBIT_INITALLPASSES_H
