//===- Contractions.h - Weights of y = x W and their inputs in Python -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BINDINGS_PYTHON_CONTRACTIONS_H
#define LOWBIT_BINDINGS_PYTHON_CONTRACTIONS_H

#include "Arrays.h"

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Statistics.h"

#include <variant>

namespace lowbit::python {

/// What is known of a layer's inputs: them, [rows, K], or what was kept of
/// them.
using Inputs =
    std::variant<numerics::GramMatrix, numerics::ActivationStatistics, Floats>;

/// A weight whose rows (axis 0) or columns (axis 1) are the inputs. Raises
/// ValueError unless it has two axes.
numerics::ContractionWeight contraction(const Floats &weight,
                                        int64_t reductionAxis);

/// X^T X of the inputs. Raises ValueError where it was not collected.
numerics::GramMatrix gramOf(const Inputs &inputs, Threads threads);

/// First moments and ranges of the inputs, and X^T X where there is one.
/// Raises ValueError for a Gram matrix alone.
numerics::ActivationStatistics statisticsOf(const Inputs &inputs,
                                            Threads threads);

} // namespace lowbit::python

#endif // LOWBIT_BINDINGS_PYTHON_CONTRACTIONS_H
