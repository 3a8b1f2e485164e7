//===- Finite.h - Where a tensor has a NaN or an infinity -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_FINITE_H
#define LOWBIT_LIB_NUMERICS_FINITE_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Result.h"

#include <optional>
#include <span>

namespace lowbit::numerics {

/// NotFinite with the index of the first value that is NaN or infinite.
std::optional<Error> checkFinite(std::span<const float> values,
                                 ThreadCount threads);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_FINITE_H
