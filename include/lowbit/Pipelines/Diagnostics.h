//===- Diagnostics.h - Diagnostics as users read them -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_PIPELINES_DIAGNOSTICS_H
#define LOWBIT_PIPELINES_DIAGNOSTICS_H

#include "mlir/IR/MLIRContext.h"

namespace lowbit {

/// Imported IR has names of nodes and weights for locations, and no place in a
/// file. Prints diagnostics at such a place on standard error as
/// `error: fc1.weight: message`, from now on; all others go to the handlers
/// that were there before.
void printNamedLocations(mlir::MLIRContext *context);

} // namespace lowbit

#endif // LOWBIT_PIPELINES_DIAGNOSTICS_H
