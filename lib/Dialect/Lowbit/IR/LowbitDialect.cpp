//===- LowbitDialect.cpp - The lowbit dialect -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.cpp.inc"

void lowbit::LowbitDialect::initialize() {
  registerAttributes();
  registerOps();
}
