//===- Bindings.h - The parts of the module lowbit.numerics -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BINDINGS_PYTHON_BINDINGS_H
#define LOWBIT_BINDINGS_PYTHON_BINDINGS_H

#include <nanobind/nanobind.h>

namespace lowbit::python {

/// Each adds its functions and classes; those whose classes others take come
/// first.
void addFormats(nanobind::module_ &module);
void addStatistics(nanobind::module_ &module);
void addMetrics(nanobind::module_ &module);
void addQuantize(nanobind::module_ &module);
void addErrorFeedback(nanobind::module_ &module);
void addPruning(nanobind::module_ &module);
void addInputScales(nanobind::module_ &module);

} // namespace lowbit::python

#endif // LOWBIT_BINDINGS_PYTHON_BINDINGS_H
