//===- Pruning.h - Pruning described in Python ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BINDINGS_PYTHON_PRUNING_H
#define LOWBIT_BINDINGS_PYTHON_PRUNING_H

#include "Arrays.h"

#include "lowbit/Numerics/Quantize/Prune.h"

namespace lowbit::python {

/// Raises ValueError unless either `keep` and `of` or `fraction` are given.
numerics::Pruning pruningOf(std::optional<int64_t> keep,
                            std::optional<int64_t> of,
                            std::optional<double> fraction);

/// True where a weight is kept.
Array<bool> maskArray(const numerics::Mask &mask, const numerics::Shape &shape);

} // namespace lowbit::python

#endif // LOWBIT_BINDINGS_PYTHON_PRUNING_H
