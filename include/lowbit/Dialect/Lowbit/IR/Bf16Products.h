//===- Bf16Products.h - Products of bf16 numbers ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_BF16PRODUCTS_H
#define LOWBIT_DIALECT_LOWBIT_IR_BF16PRODUCTS_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"

namespace lowbit {

/// Whether what is stored is bf16 numbers and nothing else.
bool isBf16(EncodingAttr encoding);

/// (C217) Whether all levels, for affine codecs all differences of codes and
/// zero points, are bf16 numbers that are not denormal.
bool hasBf16Levels(EncodingAttr encoding);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_IR_BF16PRODUCTS_H
