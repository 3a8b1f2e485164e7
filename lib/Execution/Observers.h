//===- Observers.h - The observers of a module and a collector --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_OBSERVERS_H
#define LOWBIT_LIB_EXECUTION_OBSERVERS_H

#include "RunTime.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace lowbit {

/// Removes all lowbit.observe ops: a run without a collector costs nothing.
void removeObservers(mlir::ModuleOp module);

/// Adds the observers that convert-observe-to-calls has listed on the module to
/// the collector, and removes the list.
llvm::Expected<Observation> connectObservers(mlir::ModuleOp module,
                                             calibration::Collector *collector);

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_OBSERVERS_H
