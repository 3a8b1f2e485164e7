//===- TileRegisters.h - Asks for AMX tile registers ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_TILEREGISTERS_H
#define LOWBIT_EXECUTION_TILEREGISTERS_H

namespace lowbit {

/// Asks the system to let this process, its threads included, use the tile
/// registers of AMX: each thread's saved state grows by 8 KiB, so that Linux
/// gives them only to those who ask. False if it does not, or has none.
bool requestTileRegisters();

} // namespace lowbit

#endif // LOWBIT_EXECUTION_TILEREGISTERS_H
