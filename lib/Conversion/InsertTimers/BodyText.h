//===- BodyText.h - What a linalg op computes, in words ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_INSERTTIMERS_BODYTEXT_H
#define LOWBIT_LIB_CONVERSION_INSERTTIMERS_BODYTEXT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace lowbit {

/// What `op` does to each element: the ops of its body in order, each once, as
/// "subf, exp"; behind them how many loops reduce, as "addf (1 reduction)". A
/// body without ops is a "fill", a "copy", or a "move" to other places.
std::string getBodyText(mlir::linalg::LinalgOp op);

/// The same of all linalg ops in a loop; empty if it has none.
std::string getLoopText(mlir::Operation *loop);

} // namespace lowbit

#endif // LOWBIT_LIB_CONVERSION_INSERTTIMERS_BODYTEXT_H
