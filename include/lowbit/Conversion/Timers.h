//===- Timers.h - The list that lowbit-insert-timers makes ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_TIMERS_H
#define LOWBIT_CONVERSION_TIMERS_H

#include "llvm/ADT/StringRef.h"

namespace lowbit {

/// On a module whose ops are timed by calls: a dictionary of strings for each
/// number.
inline constexpr llvm::StringLiteral timersAttrName = "lowbit.timers";

} // namespace lowbit

#endif // LOWBIT_CONVERSION_TIMERS_H
