//===- TileRegisters.cpp - Asks for AMX tile registers --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileRegisters.h"

#include <sys/syscall.h>
#include <unistd.h>

bool lowbit::requestTileRegisters() {
  // ARCH_REQ_XCOMP_PERM and XFEATURE_XTILEDATA of <asm/prctl.h>, which older
  // distributions lack.
  constexpr int requestPermission = 0x1023, tileData = 18;
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}
